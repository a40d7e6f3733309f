import type { Environment } from './environment.ts';

/**
 * The path of a program, as the PATH of an environment has it (and on Windows its PATHEXT, without which
 * no name of a program would be whole); undefined where it has none.
 */
export async function findProgram(name: string, env: Environment): Promise<string | undefined> {
  const { default: which } = await import('which');
  const { PATH: path = '', PATHEXT: pathExt } = env;
  const options = { nothrow: true, path, ...(pathExt !== undefined && { pathExt }) } as const;
  return (await which(name, options)) ?? undefined;
}
