import { cp, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { dataFolder, subsetCommand } from '../dataset/layout.ts';
import { readMetadata } from '../dataset/metadata.ts';
import { EnvironmentError } from '../errors.ts';
import { isFile, localDisk } from '../files.ts';
import { lookForFile, lookForFolder } from '../places.ts';
import type { Reporter } from '../progress/events.ts';
import type { Project } from '../project.ts';

/** The project, and where the templates are that ship with `vsc`. */
export interface TemplateRequest {
  readonly project: Project;
  readonly packageRoot: string;
  readonly track: TemplatedTrack;
}

/** What of a track its templates are made from. */
export interface TemplatedTrack {
  readonly name: string;
  readonly words: { readonly submitted: string };
  readonly submission: { readonly entryPoint: string; readonly files: readonly string[] };
  readonly templates: {
    readonly root: string;
    readonly otherRoots: readonly string[];
    readonly below: Readonly<Partial<Record<TemplateName, readonly string[]>>>;
    readonly benchmark: readonly { readonly files: readonly { readonly file: string }[] }[];
    writeRandom(
      folder: string,
      videos: Videos,
      onFile: (path: string) => void,
      signal: AbortSignal,
    ): Promise<void>;
  };
}

type TemplateName = 'submission_quickstart' | 'submission_benchmark';
type Videos = Readonly<Record<'query' | 'reference', ReadonlyMap<string, number>>>;

/**
 * Writes random results for every query and reference of the dataset's metadata into the project's
 * `submission_quickstart/` and returns that folder.
 * @throws EnvironmentError when the metadata are missing or malformed
 */
export async function prepareQuickstart(
  request: TemplateRequest & { readonly dataset: string },
  reporter: Reporter,
  signal: AbortSignal,
): Promise<string> {
  const { project, dataset, track } = request;
  const { queryMetadata, referenceMetadata } = dataFolder(join(project.data, dataset));
  for (const metadata of [queryMetadata, referenceMetadata]) {
    if (await lookForFile(metadata)) continue;
    throw new EnvironmentError(`There is no ${metadata}.`, [`Run "${subsetCommand(dataset)}".`]);
  }
  const folder = await ensureTemplate('submission_quickstart', request, reporter);
  const query = (await readMetadata(queryMetadata, 'query')).durations;
  const reference = (await readMetadata(referenceMetadata, 'reference')).durations;
  const onFile = (path: string) => {
    const message = `Writing random ${track.words.submitted}: ${path}`;
    reporter.report({ type: 'step', message });
  };
  await track.templates.writeRandom(folder, { query, reference }, onFile, signal);
  return folder;
}

/**
 * The project's `submission_benchmark/`, made from the template where it has no code.
 * @throws EnvironmentError when there is no template either
 */
export function prepareBenchmark(request: TemplateRequest, reporter: Reporter): Promise<string> {
  return ensureTemplate('submission_benchmark', request, reporter);
}

/** Whether all these files are in a folder. */
export async function hasFiles(folder: string, names: readonly string[]): Promise<boolean> {
  const found = await Promise.all(names.map((name) => lookForFile(join(folder, name))));
  return !found.includes(false);
}

/**
 * The project's folder of that name, with its entry point. Where that is missing, all that the template
 * has and the folder hasn't comes from the template that ships with `vsc`.
 * @throws EnvironmentError when there is neither folder nor template, and where it is another track's
 */
async function ensureTemplate(
  name: TemplateName,
  { project, packageRoot, track }: TemplateRequest,
  reporter: Reporter,
): Promise<string> {
  const { submission, templates } = track;
  const { entryPoint } = submission;
  const folder = join(project.root, name);
  const isThere = await lookForFolder(folder);
  if (isThere && (await lookForFile(join(folder, entryPoint)))) {
    const others = templates.otherRoots.map((root) => join(packageRoot, root, name, entryPoint));
    await refuseOthers(join(folder, entryPoint), others, track);
    return folder;
  }
  const roots = [templates.root, ...(templates.below[name] ?? [])];
  const shipped = roots.map((root) => join(packageRoot, root, name));
  if (!(await isFile(join(shipped[0] as string, entryPoint)))) {
    if (isThere) return folder;
    throw new EnvironmentError(`There is no folder ${folder}.`);
  }
  const made = templates.benchmark.flatMap(({ files }) => files.map(({ file }) => file));
  const filter = (source: string) => ![...submission.files, ...made].includes(basename(source));
  const options = { recursive: true, force: false, filter };
  await localDisk(`make ${folder}`, async () => {
    for (const from of shipped) await cp(from, folder, options);
  });
  const message = isThere
    ? `Put ${entryPoint} into ${folder}, from the template.`
    : `Made ${folder} from the template.`;
  reporter.report({ type: 'note', message });
  return folder;
}

/** @throws EnvironmentError where an entry point is the template of another track */
async function refuseOthers(
  entryPoint: string,
  others: readonly string[],
  { name }: TemplatedTrack,
): Promise<void> {
  const text = await localDisk(`read ${entryPoint}`, () => readFile(entryPoint));
  for (const other of others) {
    if (!(await isFile(other)) || !text.equals(await readFile(other))) continue;
    throw new EnvironmentError(`${entryPoint} is the template of another track.`, [
      'Move its folder away; the next time it is made anew.',
      `Or make a project of its own for this track: vsc -C DIR init --track ${name}`,
    ]);
  }
}
