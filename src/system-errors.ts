import { EnvironmentError, systemCode } from './errors.ts';

const remedies: Readonly<Record<string, readonly [what: string, next: string]>> = {
  ENOENT: ['no such file', 'See that it is there and that a symlink leads to something.'],
  EISDIR: ['it is a folder', 'Put the file there.'],
  ENOTDIR: ['a file is where a folder should be', 'Move that file away.'],
  EACCES: ['permission denied', 'See who owns it: ls -l'],
  EPERM: ['not permitted', 'See who owns it: ls -l'],
  EROFS: ['the file system is read-only', 'Choose another folder with -C.'],
  EBUSY: ['it is in use, perhaps a mount point', 'Unmount it, or work in another folder with -C.'],
  ENOSPC: ['the disk is full', 'Make room, or take a smaller SUBSET_PROPORTION.'],
  EDQUOT: ['your disk quota is used up', 'Make room, or take a smaller SUBSET_PROPORTION.'],
};

/** Whether the operating system said no (an errno), as opposed to a bug of ours. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && systemCode(error) !== undefined;
}

/**
 * What the operating system refused, for people:
 * `Could not read /data/query_metadata.csv: permission denied (EACCES).`
 *
 * @param what verb and object; the paths that the system names are added where they are others
 */
export function cannot(what: string, error: unknown): EnvironmentError {
  const { message, path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  const code = systemCode(error) ?? 'unknown';
  const [why, next] = remedies[code] ?? [message];
  const paths = [path, dest].filter((it) => it !== undefined && !what.includes(it));
  const where = [code, ...paths].join(', ');
  return new EnvironmentError(`Could not ${what}: ${why} (${where}).`, next ? [next] : [], {
    cause: error,
  });
}
