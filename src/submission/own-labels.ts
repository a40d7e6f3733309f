import { randomBytes } from 'node:crypto';
import { labels } from './run-plan.ts';

/** Labels by which a later `vsc` knows whose a container is and whether that `vsc` still lives. */
export function ownLabels(
  root: string,
  owner: { readonly pid: number; readonly hostname: string },
): Readonly<Record<string, string>> {
  return {
    [labels.project]: root,
    [labels.run]: randomBytes(4).toString('hex'),
    [labels.pid]: String(owner.pid),
    [labels.hostname]: owner.hostname,
  };
}
