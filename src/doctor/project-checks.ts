import { access, constants, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findCompetitionData } from '../dataset/layout.ts';
import { requireData } from '../dataset/require-data.ts';
import { systemCode } from '../errors.ts';
import { installNode, isSupportedNode, supportedNodes } from '../node-version.ts';
import type { Project } from '../project.ts';
import { type CheckResult, failed, ok, resultOf, warning } from './check.ts';

/** The download has the files that `vsc data-subset` needs. Once data/ is made it is not needed. */
export async function checkCompetitionData(
  project: Project,
  dataset: string,
): Promise<CheckResult> {
  const result = await resultOf(async () => {
    const { folder } = await findCompetitionData(project, dataset);
    return ok(`${folder} is complete`);
  });
  const made = (await checkData(project, dataset)).status !== 'failed';
  if (result.status === 'ok' || !made) return result;
  return warning(`${result.detail} (data/${dataset} is made already)`, ...result.remedies);
}

/** `data/<dataset>` can be mounted as it is. */
export async function checkData(project: Project, dataset: string): Promise<CheckResult> {
  return resultOf(async () => {
    const { files, subset, absent } = await requireData(project, dataset);
    const detail = `${files.folder}, ${subset.length} queries in the subset`;
    if (absent.length === 0) return ok(detail);
    return warning(
      `${detail}, the videos of ${absent.length} of them are absent`,
      `See that they are in ${join(project.competitionData, dataset, 'query')} and run "vsc data-subset" again.`,
    );
  });
}

/** Results can be written to `submission/`, or it can be made. */
export async function checkSubmissionFolder(project: Project): Promise<CheckResult> {
  const folder = await existing(project.submission);
  const isFolder = await stat(folder).then((found) => found.isDirectory());
  if (!isFolder) return failed(`${folder} is a file where a folder should be`, 'Move it away.');
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const why = systemCode(error) === 'EROFS' ? 'the file system is read-only' : 'no permission';
    return failed(`${folder} can't be written to: ${why}`, `See who owns it: ls -ld ${folder}`);
  }
  const there = folder === project.submission;
  return ok(there ? `${folder} is writable` : `${project.submission} can be made`);
}

async function existing(path: string): Promise<string> {
  const there = await stat(path).then(
    () => true,
    () => false,
  );
  return there || dirname(path) === path ? path : existing(dirname(path));
}

/** Node is one that vsc runs on. */
export async function checkNode(version: string): Promise<CheckResult> {
  if (isSupportedNode(version)) return ok(version);
  return failed(`${version} is none that vsc runs on: ${supportedNodes}`, installNode);
}
