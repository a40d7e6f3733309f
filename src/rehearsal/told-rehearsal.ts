import { SubmissionFailed } from '../errors.ts';
import { readProvenance } from '../provenance/file.ts';
import type { Provenance } from '../provenance/provenance.ts';
import type { Digest, Version } from '../report/model.ts';
import { readLogTail, writeReport } from '../report/store.ts';
import { type Assessment, assessRun } from './assess.ts';
import { RunFailed } from './failure.ts';
import type { PreparedRehearsal, RehearsalRequest, RehearsalTools } from './prepare.ts';
import type { RecordRequest } from './provenance-of.ts';
import { recordRun } from './record-run.ts';
import { rehearse } from './rehearse.ts';
import { reportModelOf } from './run-model.ts';
import type { RunFacts } from './summary.ts';

/** A run that went well, and all that is told of it. */
export interface ToldRehearsal {
  readonly facts: RunFacts;
  readonly provenance: Provenance;
  readonly assessment: Assessment;
  /** The report's page. */
  readonly page: string;
}

/**
 * Rehearses, records what exactly ran, scores it, and leaves the report; a submission that fails
 * leaves one too. @throws as `recordRun` and `assessRun`
 */
export async function rehearseAndTell(
  request: RehearsalRequest,
  prepared: PreparedRehearsal,
  tools: RehearsalTools,
  record: RecordRequest,
): Promise<ToldRehearsal> {
  const { project, track, dataset } = request;
  const known = {
    track,
    dataset,
    startedAt: new Date(),
    settings: record.settings,
    ...(request.limits.container.memoryBytes !== undefined && {
      memoryLimitBytes: request.limits.container.memoryBytes,
    }),
  };
  try {
    const { facts, provenance } = await recordRun(request, prepared, tools, record, () =>
      rehearse(request, prepared, tools),
    );
    const assessment = await assessRun(project, dataset, track, tools.signal);
    const { score, reproduction } = assessment;
    const log = await readLogTail(project.log);
    const model = reportModelOf({
      ...known,
      facts,
      ...(score !== null && { score }),
      ...(reproduction.verdict !== 'not compared' && { reproduction }),
      ...identities(provenance),
      ...(log && { log }),
    });
    return { facts, provenance, assessment, page: (await writeReport(model, project)).page };
  } catch (error) {
    if (!(error instanceof SubmissionFailed)) throw error;
    const log = await readLogTail(project.log);
    const provenance = await readProvenance(project.provenance).catch(() => undefined);
    const model = reportModelOf({
      ...known,
      failure: error,
      ...(error instanceof RunFailed && error.report && { run: error.report }),
      ...identities(provenance),
      ...(log && { log }),
    });
    await writeReport(model, project);
    throw error;
  }
}

/** Image, zip and data by their digests, and the versions of what ran. */
function identities(provenance: Provenance | undefined): {
  readonly digests: readonly Digest[];
  readonly versions: readonly Version[];
} {
  if (provenance === undefined) return { digests: [], versions: [] };
  const { image, files, versions } = provenance;
  const { engine, runtime } = versions;
  return {
    digests: [
      { name: 'image', digest: image.id, detail: image.name },
      ...files
        .filter(({ role }) => role !== 'video')
        .map(({ path, sha256 }) => ({ name: path, digest: `sha256:${sha256}` })),
    ],
    versions: [
      { name: 'vsc', version: versions.vsc },
      { name: engine.product, version: engine.version },
      ...Object.entries(runtime).map(([name, version]) => ({ name, version })),
    ],
  };
}
