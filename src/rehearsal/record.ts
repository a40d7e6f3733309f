import { basename, join } from 'node:path';
import { gpusText } from '../engine/gpus.ts';
import type { EngineInfo } from '../engine/port.ts';
import { usualPlace } from '../project.ts';
import { writeProvenance } from '../provenance/file.ts';
import type { Provenance, RecordedContainer } from '../provenance/provenance.ts';
import type { Outcome } from './collect.ts';
import type { Prepared, RehearsalWorld } from './prepared.ts';
import type { StagePlan } from './stages.ts';

/**
 * Writes the run's `provenance.json`: what exactly ran, on what, and what came out; also of a
 * submission that failed, whose failure is then told even if it could not be recorded.
 * @throws EnvironmentError where it can't be written
 */
export async function record(
  prepared: Prepared,
  outcome: Outcome,
  world: RehearsalWorld,
): Promise<Provenance | undefined> {
  const { provenance: path } = prepared.work;
  try {
    const engine = await (await world.engine()).info();
    const provenance = provenanceOf(prepared, outcome, engine, world);
    await writeProvenance(path, provenance);
    return provenance;
  } catch (error) {
    if (outcome.failure === undefined) throw error;
    const message = `The run is not recorded: ${error instanceof Error ? error.message : error}`;
    world.reporter.report({ type: 'warning', message });
    return undefined;
  }
}

/** Texts and lists that come from a container are cut here: a record is some pages, not a dump. */
const maxText = 2000;
const maxItems = 100;

/** Puts a record together; it names neither the user nor where on this machine the project is. */
function provenanceOf(
  { request, id, choice, data, limits, stages, work }: Prepared,
  outcome: Outcome,
  engine: EngineInfo,
  { versions, home }: RehearsalWorld,
): Provenance {
  const { project } = request;
  const { product, version, apiVersion } = engine;
  const { failure } = outcome;
  const facts = failure === undefined ? outcome.facts : undefined;
  const report = facts?.report;
  const anonymous = (text: string) => withoutPlaces(text, project.root, home);
  // The work folder names this machine, and what was in it has been published.
  const place = (source: string) =>
    usualPlace(
      project,
      source.startsWith(work.folder) ? join(project.submission, basename(source)) : source,
    );
  return {
    format: 'vsc-provenance',
    version: 1,
    outcome: failure === undefined ? 'succeeded' : 'failed',
    failure: failure === undefined ? null : anonymous(failure.message),
    track: request.track.title,
    dataset: request.dataset,
    run: id,
    times: {
      started: outcome.started.toISOString(),
      finished: outcome.finished.toISOString(),
      containerSeconds: facts?.containerSeconds ?? null,
      stages: report?.stages ?? [],
    },
    versions: {
      ...versions,
      engine: { product, version, api: apiVersion },
      runtime: few(report?.versions ?? {}, cut),
    },
    image: {
      name: choice.name,
      id: choice.image.id,
      repoDigests: choice.image.digests,
      labels: few(choice.image.labels, cut),
      kind: choice.kind,
      why: anonymous(choice.why),
    },
    settings: request.settings.map(({ name, value, source }) => ({
      name,
      value: anonymous(value),
      source: anonymous(source),
    })),
    preflight: request.skipPreflight ? 'skipped' : 'passed',
    limits: { ...limits.container, logBytes: limits.logBytes },
    containers: stages.map((stage, index) =>
      recordedContainer(stage, outcome.without[index], place),
    ),
    counts: {
      subsetQueries: data.subset.length,
      absentVideos: data.absent.length,
      runtime: few(report?.counts ?? {}, (count) => count),
    },
    files: outcome.files,
    rankings: outcome.rankings,
  };
}

/** A container without its name and labels, which tell of the machine and its user. */
function recordedContainer(
  { plan, inputs }: StagePlan,
  without: readonly string[] | undefined,
  place: (source: string) => string,
): RecordedContainer {
  const { command, environment, user, unprivileged, network, gpus, shmBytes, limits } = plan;
  return {
    command,
    environment: Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [name, `${value}`]),
    ),
    user: user ?? null,
    unprivileged,
    network,
    gpus: gpusText(gpus),
    shmBytes,
    limits,
    inputs: inputs.map(({ source, target }) => ({ source: place(source), target })),
    ...(without && { without }),
  };
}

function withoutPlaces(text: string, root: string, home: string): string {
  const places = [
    [root, '.'],
    [home, '~'],
  ] as const;
  const told = places.reduce(
    (rest, [place, sign]) => (place.length > 1 ? rest.replaceAll(place, sign) : rest),
    text,
  );
  return cut(told);
}

function cut(text: string): string {
  return text.length > maxText ? `${text.slice(0, maxText)}…` : text;
}

function few<From, To>(
  record: Readonly<Record<string, From>>,
  each: (value: From) => To,
): Record<string, To> {
  const entries = Object.entries(record).slice(0, maxItems);
  return Object.fromEntries(entries.map(([key, value]) => [cut(key), each(value)]));
}
