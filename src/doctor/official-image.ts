import type { ContainerEngine } from '../engine/port.ts';
import { digestsIn, referenceOf } from '../image/reference.ts';
import type { RegistryAnswer } from '../image/registry.ts';
import { visibleLine } from '../progress/visible.ts';
import { type CheckResult, ok, warning } from './check.ts';

/** What a registry has under an image's name. */
export type AskRegistry = (name: string) => Promise<RegistryAnswer>;

/**
 * The official image, where it is here, is the one that the registry has. A registry that does not answer is no
 * trouble: nothing else needs it.
 */
export async function checkOfficialImage(
  engine: ContainerEngine,
  name: string,
  askRegistry: AskRegistry,
): Promise<CheckResult> {
  const image = await engine.findImage(name);
  if (image === undefined) return ok(`not here: ${name}`);
  if (referenceOf(name).digest !== undefined) return ok(`${name}, which its digest names for ever`);
  const known = digestsIn(name, image);
  const [own] = known;
  if (own === undefined) {
    return ok(`not compared: ${name} has no digest, as it was built or loaded here`);
  }
  const answer = await askRegistry(name);
  if ('why' in answer) return ok(`not compared: ${visibleLine(answer.why)}`);
  if (known.includes(answer.digest)) return ok(`${name} is the one that the registry has`);
  const digests = `the registry has ${visibleLine(answer.digest)}, here is ${own}`;
  return warning(`there is a newer ${name}: ${digests}`, 'Take it: vsc pull');
}
