import { rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { videoFile } from '../dataset/layout.ts';
import { SubmissionFailed } from '../errors.ts';
import { exists } from '../files.ts';
import type { Project } from '../project.ts';
import { type Digest, digestFile, digestFiles, digestRankings } from '../provenance/digests.ts';
import { writeProvenance } from '../provenance/file.ts';
import type { FileRole, Provenance, RecordedFile } from '../provenance/provenance.ts';
import { watchFiles } from './input-guard.ts';
import type { PreparedRehearsal, RehearsalRequest, RehearsalTools } from './prepare.ts';
import { provenanceOf, type RecordRequest } from './provenance-of.ts';
import { planStages } from './stages.ts';
import type { RunFacts } from './summary.ts';

/** A run that went well, and its record. */
export interface RecordedRun {
  readonly facts: RunFacts;
  readonly provenance: Provenance;
}

interface NamedFile {
  readonly role: FileRole;
  /** Absolute. */
  readonly path: string;
}

/**
 * Does `run` and leaves `submission/provenance.json`. The inputs are read for their digests while it
 * runs, and afterwards must not have changed, so that the digests are of what ran. A submission that
 * fails is recorded too; after an interruption or a fault of the environment the record of an earlier run stays, as its results do.
 * @throws what `run` throws; EnvironmentError when an input changed meanwhile
 */
export async function recordRun(
  request: RehearsalRequest,
  prepared: PreparedRehearsal,
  tools: RehearsalTools,
  record: RecordRequest,
  run: () => Promise<RunFacts>,
): Promise<RecordedRun> {
  const { project, track } = request;
  const engine = await (await tools.engine()).info();
  const stages = await planStages(request, prepared);
  const started = new Date();
  const inputs = inputsOf(request, prepared);
  const watched = await watchFiles(inputs.map(({ path }) => path));
  const stop = new AbortController();
  const signal = AbortSignal.any([tools.signal, stop.signal]);
  const digests = digestFiles(
    inputs.map(({ path }) => path),
    signal,
  );
  digests.catch(() => {}); // awaited below, once the run is over

  const save = async (ending: { facts: RunFacts } | { failure: Error }) => {
    const finished = new Date();
    const used = named(inputs, await digests, project.root);
    await watched.check();
    const names = 'facts' in ending ? [track.fullRankings, track.subsetRankings] : [];
    const provenance = provenanceOf(request, prepared, record, {
      ...ending,
      engine,
      stages,
      started,
      finished,
      files: [...used, ...(await outputsOf(project, 'facts' in ending, signal))],
      rankings: names.length === 0 ? [] : await digestRankings(project.archive, names),
    });
    await writeProvenance(project.provenance, provenance);
    return provenance;
  };

  try {
    const facts = await run();
    return { facts, provenance: await save({ facts }) };
  } catch (error) {
    if (error instanceof SubmissionFailed) {
      await rm(project.provenance, { force: true }); // an earlier run's, whose results are gone too
      await save({ failure: error }).catch((why: unknown) => {
        const message = `The run is not recorded: ${why instanceof Error ? why.message : why}`;
        tools.reporter.report({ type: 'warning', message });
      });
    }
    throw error;
  } finally {
    stop.abort();
    await digests.catch(() => {});
  }
}

/** The files that a run is given: the zip, the data's tables and the subset's videos. */
function inputsOf({ project }: RehearsalRequest, { data }: PreparedRehearsal): NamedFile[] {
  const { files, subset, absent } = data;
  const without = new Set(absent);
  const present = [...new Set(subset)].filter((id) => !without.has(id));
  return [
    { role: 'submission', path: project.zip },
    { role: 'query_metadata', path: files.queryMetadata },
    { role: 'reference_metadata', path: files.referenceMetadata },
    { role: 'query_subset', path: files.querySubset },
    ...one('ground_truth', files.groundTruth, data.hasGroundTruth),
    ...one('subset_ground_truth', files.subsetGroundTruth, data.hasSubsetGroundTruth),
    ...present.map(
      (id): NamedFile => ({ role: 'video', path: join(files.queries, videoFile(id)) }),
    ),
  ];
}

async function outputsOf(
  project: Project,
  succeeded: boolean,
  signal: AbortSignal,
): Promise<RecordedFile[]> {
  const files: NamedFile[] = [
    ...one('subset_descriptors', project.subset, await exists(project.subset)),
    ...one('log', project.log, await exists(project.log)),
    ...one('result_archive', project.archive, succeeded),
  ];
  const digests: Digest[] = [];
  for (const { path } of files) digests.push(await digestFile(path, signal));
  return named(files, digests, project.root);
}

function one(role: FileRole, path: string, there: boolean): NamedFile[] {
  return there ? [{ role, path }] : [];
}

function named(files: readonly NamedFile[], digests: readonly Digest[], root: string) {
  return files.flatMap(({ role, path }, index): RecordedFile[] => {
    const digest = digests[index];
    const inside = relative(root, path).split(sep).join('/');
    return digest === undefined ? [] : [{ role, path: inside, ...digest }];
  });
}
