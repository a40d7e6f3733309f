import { relative, sep } from 'node:path';
import type { EngineInfo } from '../engine/port.ts';
import type { RankingDigest } from '../provenance/digests.ts';
import {
  type Provenance,
  provenanceVersion,
  type RecordedContainer,
  type RecordedFile,
  type RecordedSetting,
  recordedEngine,
} from '../provenance/provenance.ts';
import type { PreparedRehearsal, RehearsalRequest } from './prepare.ts';
import type { StagePlan } from './run-plan.ts';
import type { RunFacts } from './summary.ts';

/** What is recorded of a run besides what the run itself knows. */
export interface RecordRequest {
  readonly settings: readonly RecordedSetting[];
  readonly skippedPreflight: boolean;
  readonly versions: { readonly vsc: string; readonly node: string; readonly platform: string };
  /** The user's home folder, which no record names. */
  readonly home: string;
}

/** How a run went and what was read of its files. */
export type Ending = ({ readonly facts: RunFacts } | { readonly failure: Error }) & {
  readonly engine: EngineInfo;
  readonly stages: readonly StagePlan[];
  readonly started: Date;
  readonly finished: Date;
  readonly files: readonly RecordedFile[];
  readonly rankings: readonly RankingDigest[];
};

/** Texts and lists that come from a container are cut here: a record is some pages, not a dump. */
const maxText = 2000;
const maxItems = 100;

/** Puts a record together; it names neither the user nor where on this machine the project is. */
export function provenanceOf(
  request: RehearsalRequest,
  prepared: PreparedRehearsal,
  record: RecordRequest,
  ending: Ending,
): Provenance {
  const { project, track, dataset } = request;
  const { choice, data, limits, run } = prepared;
  const facts = 'facts' in ending ? ending.facts : undefined;
  const report = facts?.report;
  const anonymous = (text: string) => withoutPlaces(text, project.root, record.home);
  return {
    format: 'vsc-provenance',
    version: provenanceVersion,
    outcome: facts === undefined ? 'failed' : 'succeeded',
    failure: 'failure' in ending ? anonymous(ending.failure.message) : null,
    track: track.title,
    dataset,
    run: run.id,
    times: {
      started: ending.started.toISOString(),
      finished: ending.finished.toISOString(),
      containerSeconds: facts?.containerSeconds ?? null,
      stages: (report?.stages ?? [])
        .filter(({ seconds }) => Number.isFinite(seconds) && seconds >= 0)
        .slice(0, maxItems)
        .map(({ name, seconds }) => ({ name: cut(name), seconds })),
    },
    versions: {
      ...record.versions,
      engine: recordedEngine(ending.engine),
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
    settings: record.settings.map(({ name, value, source }) => ({
      name,
      value: anonymous(value),
      source: anonymous(source),
    })),
    preflight: record.skippedPreflight ? 'skipped' : 'passed',
    limits: { ...limits.container, logBytes: limits.logBytes },
    containers: ending.stages.map((stage) => ({
      ...recordedContainer(stage, project.root),
      ...(facts?.without && { without: facts.without }),
    })),
    counts: {
      subsetQueries: data.subset.length,
      absentVideos: data.absent.length,
      runtime: few(report?.counts ?? {}, (count) => count),
    },
    files: ending.files,
    rankings: ending.rankings,
  };
}

/** A container without its name and labels, which tell of the machine and its user. */
function recordedContainer({ plan, inputs }: StagePlan, root: string): RecordedContainer {
  const { command, environment, user, unprivileged, network, gpus, shmBytes, limits } = plan;
  return {
    command,
    environment,
    user: user ?? null,
    unprivileged,
    network,
    gpus,
    shmBytes,
    limits,
    inputs: inputs.map(({ source, target }) => ({
      source: relative(root, source).split(sep).join('/'),
      target,
    })),
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
