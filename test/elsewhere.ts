/** Unit tests that can't run on other systems than Linux, each with why. */
const linuxOnly: Readonly<Record<string, string>> = {
  'test/packing/bytes-moved.test.ts': 'counts what /proc says was read and written',
  'test/preflight/preflight.test.ts': 'counts open files in /proc',
  'test/scripts/leave-nothing.test.ts': 'is of a script that looks through /proc',
  'test/docs/man-page.test.ts': "renders the page with Debian's man and groff",
  'test/places.test.ts': 'makes devices',
  'test/dataset/subset.test.ts': 'copies between file systems, by /dev/shm',
  'test/scheduler/**': 'run the workers of a Linux cluster',
};

/** Those that need what Windows doesn't have, too. */
const notOnWindows: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...['cli/output', 'cli/run-main', 'dataset/layout', 'dataset/require-data', 'doctor/doctor'],
      ...['download/download', 'download/fetch', 'engine/inputs', 'image/build-context'],
      ...['init/init', 'packing/clean', 'packing/pack', 'packing/templates', 'preflight/inspect'],
      ...['provenance/digests', 'provenance/verify', 'samples/earlier', 'samples/samples'],
      ...['settings/project-file', 'walk'],
    ].map((name) => [`test/${name}.test.ts`, 'make symlinks, named pipes or sockets in folders']),
  ),
  'test/engine/ssh.test.ts': 'has scripts for programs',
  'test/image/credentials.test.ts': 'has scripts for programs',
  'test/completion/suggest.test.ts': 'asks bash',
  'test/progress/shell.test.ts': 'asks sh what a quoted word is',
  'test/engine/endpoint.test.ts': 'has the sockets that engines have on Linux and macOS',
  'test/engine/without-init.test.ts': 'serves an engine at a socket',
  'test/tasks/**': 'ends processes by signals that Windows has not',
  'test/processes.test.ts': 'ends processes by signals that Windows has not',
};

/** What the unit tests leave out on a system. */
export function leftOut(platform: NodeJS.Platform): string[] {
  if (platform === 'linux') return [];
  return Object.keys(platform === 'win32' ? { ...linuxOnly, ...notOnWindows } : linuxOnly);
}
