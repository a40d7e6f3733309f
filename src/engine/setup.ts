import type { EngineSetup } from './port.ts';

/** Names that kernels have for what Docker calls otherwise. */
const architectures: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' };

/** Reads the answer to "SystemInfo" (Docker Engine API), of which engines leave out this or that. */
export function setupOf(info: Readonly<Record<string, unknown>>): EngineSetup {
  const text = (key: string) => (typeof info[key] === 'string' ? info[key] : '');
  const architecture = text('Architecture');
  const devices = Array.isArray(info.DiscoveredDevices) ? info.DiscoveredDevices : [];
  return {
    architecture: architectures[architecture] ?? architecture,
    os: text('OSType'),
    dataRoot: text('DockerRootDir'),
    runtimes: Object.keys((info.Runtimes as object | null | undefined) ?? {}),
    defaultRuntime: text('DefaultRuntime'),
    cdiFolders: Array.isArray(info.CDISpecDirs) ? info.CDISpecDirs.map(String) : [],
    cdiDevices: devices.map((device: { ID?: unknown }) => String(device.ID)),
  };
}
