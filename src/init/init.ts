import { lstat, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sampleRemedies } from '../dataset/layout.ts';
import { EnvironmentError } from '../errors.ts';
import { isFolder, localDisk, writeNewText } from '../files.ts';
import { lookForFile, requireReplaceable, whatIs } from '../places.ts';
import type { Project } from '../project.ts';
import { type ProjectPart, projectParts, type TrackTexts } from './parts.ts';

/** What project to make. */
export interface InitRequest {
  readonly project: Project;
  readonly track: TrackTexts;
  /** The text of the new project's settings. */
  readonly settings: string;
  /** Where the templates are that ship with `vsc`. */
  readonly packageRoot: string;
  /** Of `vsc`. */
  readonly version: string;
  readonly ci: boolean;
  readonly dryRun: boolean;
}

/** A part of a project that was made, or was there: relative to its folder, a folder with a `/`. */
export interface InitialPart {
  readonly name: string;
  readonly purpose: string;
  readonly made: boolean;
}

/**
 * Makes a project of a folder, which needn't be there. What is in it stays as it is.
 * @throws EnvironmentError with all that is in the way, before anything is made; for what the system
 * refuses; the signal's reason
 */
export async function initProject(
  { project, packageRoot, dryRun, ...texts }: InitRequest,
  signal: AbortSignal,
): Promise<InitialPart[]> {
  const { root } = project;
  const { submission, templates } = texts.track;
  const parts = await projectParts({
    ...texts,
    template: (folder) =>
      readTemplate(join(packageRoot, templates.root, folder, submission.entryPoint)),
  });
  const paths = parts.map(({ name }) => join(root, name));
  await requireFolders(new Set(paths.flatMap((path) => foldersAbove(path, root))));
  await requireReplaceable(...paths);
  const told: InitialPart[] = [];
  for (const part of parts) {
    signal.throwIfAborted();
    told.push(await localDisk(`make ${join(root, part.name)}`, () => make(part, root, dryRun)));
  }
  return told;
}

async function make(part: ProjectPart, root: string, dryRun: boolean): Promise<InitialPart> {
  const { name, purpose, text, isNotice } = part;
  const path = join(root, name);
  const kept = { name: isNotice ? `${dirname(name)}/` : name, purpose, made: false };
  if (await isTaken(isNotice ? dirname(path) : path)) return kept;
  if (dryRun) return { name, purpose, made: true };
  await mkdir(dirname(path), { recursive: true });
  return (await writeNewText(path, text)) ? { name, purpose, made: true } : kept;
}

/** Whether there is anything at a path, or in a folder. */
async function isTaken(path: string): Promise<boolean> {
  if (await isFolder(path)) return (await readdir(path)).length > 0;
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

async function readTemplate(path: string): Promise<string> {
  return localDisk(`read the template ${path}`, () => readFile(path, 'utf8'));
}

/** The folders that a path is in, down from `root`. */
function foldersAbove(path: string, root: string): string[] {
  const folder = dirname(path);
  return folder === root ? [root] : [...foldersAbove(folder, root), folder];
}

/** Makes sure that each path is a folder or can become one. */
async function requireFolders(paths: Iterable<string>): Promise<void> {
  const faults: string[] = [];
  for (const path of paths) {
    const own = await lstat(path).catch(() => undefined);
    const stats = await stat(path).catch(() => undefined);
    if (own === undefined || stats?.isDirectory()) continue;
    faults.push(
      stats === undefined
        ? `${path} is a symlink that leads nowhere.`
        : `${path} is ${whatIs(stats)}, where a folder should be.`,
    );
  }
  if (faults.length === 0) return;
  const them = faults.length === 1 ? 'it' : 'them';
  throw new EnvironmentError(faults.join('\n'), [`Move ${them} away.`]);
}

/** What to do next in a project, a line each: sentences, and the command to type. */
export async function nextSteps(project: Project, dataset: string): Promise<string[]> {
  const source = join(project.competitionData, dataset);
  if (!(await isFolder(join(project.data, dataset)))) {
    if (await isFolder(source)) return ['vsc data-subset'];
    return [
      `Put what you downloaded into ${source}, or a symlink to it.`,
      ...sampleRemedies(dataset),
      'vsc data-subset',
    ];
  }
  const hasZip = await lookForFile(project.zip);
  return [hasZip ? 'BLOCK_INTERNET=true vsc test-submission' : 'vsc pack-quickstart'];
}
