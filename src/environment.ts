/** The variables of an environment, by their names. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment as `vsc` reads it. On Windows names are the same in any case (`Path`, `PATH`) as long as the
 * process's own object is asked; so that a copy of it says the same, all are in capitals there.
 */
export function environmentOf(env: Environment, platform: NodeJS.Platform): Environment {
  if (platform !== 'win32') return env;
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name.toUpperCase(), value]),
  );
}
