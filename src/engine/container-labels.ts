import { randomBytes } from 'node:crypto';

/** Labels by which `vsc` knows its containers. */
export const labels = {
  project: 'vsc.project',
  run: 'vsc.run',
  pid: 'vsc.pid',
  hostname: 'vsc.hostname',
} as const;

/** Labels by which a later `vsc` knows whose a container is and whether that `vsc` still lives. */
export function ownLabels(
  root: string,
  owner: { readonly pid: number; readonly hostname: string },
  run = randomBytes(4).toString('hex'),
): Readonly<Record<string, string>> {
  return {
    [labels.project]: root,
    [labels.run]: run,
    [labels.pid]: String(owner.pid),
    [labels.hostname]: owner.hostname,
  };
}
