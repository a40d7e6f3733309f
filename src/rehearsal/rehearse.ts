import type { Provenance } from '../provenance/provenance.ts';
import { type Assessment, assess, look } from './assess.ts';
import { collect, type Outcome, publish } from './collect.ts';
import { placeExcerpt } from './excerpt.ts';
import { guardInputs } from './input-guard.ts';
import { prepare, requireUsableGpu } from './prepare.ts';
import type { RehearsalRequest, RehearsalWorld } from './prepared.ts';
import { record } from './record.ts';
import { report } from './run-report.ts';
import { runStages } from './run-stages.ts';
import { openWorkFolder } from './work-folder.ts';

/** A run that came to its end, well or not, and all that is told of it. */
export interface Rehearsal {
  readonly outcome: Outcome;
  /** Undefined where a submission failed and that could not be recorded. */
  readonly provenance: Provenance | undefined;
  readonly assessment: Assessment;
  /** Path of the report's page. */
  readonly page: string;
  /** Where the folder of a run that failed is, if it was to be kept. */
  readonly kept: string | undefined;
}

/**
 * Runs a submission as the organisers will. One that fails is a result like another; what is thrown
 * are interruptions, faults of the environment and bugs, and then an earlier run's files stand as
 * they did, but for its log: nothing is published before all is written.
 */
export async function rehearse(
  request: RehearsalRequest,
  world: RehearsalWorld,
): Promise<Rehearsal> {
  const prepared = await prepare(request, world);
  await requireUsableGpu(prepared, world);
  await using guard = await guardInputs(prepared, world.signal);
  await using folder = await openWorkFolder(prepared, world);
  await placeExcerpt(prepared, world.signal);
  const ran = await runStages(prepared, guard, world, () => loadAhead(request));
  const outcome = await collect(prepared, ran, guard, world.signal);
  const assessment = await assess(prepared, outcome, world.signal);
  const provenance = await record(prepared, outcome, world);
  const frames = await look(prepared, assessment, world);
  await report(prepared, outcome, { ...assessment, frames }, provenance);
  await publish(prepared, outcome);
  const kept = await folder.end(outcome);
  return { outcome, provenance, assessment, page: request.project.reportPage, kept };
}

/** What is needed once the containers have ended loads while they run. */
function loadAhead({ track }: RehearsalRequest): void {
  const modules = [import('../report/page.ts'), track.results.loadAhead()];
  Promise.all(modules).catch(() => {}); // told where it is needed
}
