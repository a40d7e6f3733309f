import { EnvironmentError } from '../errors.ts';
import { isFolder } from '../files.ts';
import { visibleLine } from '../progress/visible.ts';
import { initRemedy, isStarted, type Project } from '../project.ts';

/**
 * What was thrown; where something in the project's folder is missing, and nothing of a project is there at
 * all, with that as the first thing to look at: another folder may be meant.
 */
export async function withProjectHint(
  thrown: EnvironmentError,
  project: Project,
): Promise<EnvironmentError> {
  const { name, message, next, cause, reason } = thrown;
  // The engine's own errors have names of their own.
  if (name !== EnvironmentError.name || !message.includes(project.root)) return thrown;
  if (await isStarted(project)) return thrown;
  const what = (await isFolder(project.root)) ? 'is nothing of a project in' : 'is no folder';
  const hint = `There ${what} ${visibleLine(project.root)}. If another is meant: vsc -C DIR`;
  const options = { cause, ...(reason !== undefined && { reason }) };
  return new EnvironmentError(message, [...new Set([hint, initRemedy, ...next])], options);
}
