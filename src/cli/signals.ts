/** What is asked of a process to be heard of its signals. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** Where the signals come from. */
export interface SignalWorld {
  readonly platform: NodeJS.Platform;
  /** Whether a terminal reads and writes, whose end is that of the work. */
  readonly atTerminal: boolean;
}

/**
 * Calls back on every signal that means an end, as one of the two that mean it everywhere: Ctrl-C, a request to
 * end, a terminal that is closed (but under nohup, where output is no terminal, work goes on). Windows knows no
 * request to end; it has Ctrl-Break, and closing the console gives a program some seconds.
 * @returns what stops that
 */
export function hearSignals(
  source: SignalSource,
  listener: (signal: 'SIGINT' | 'SIGTERM') => void,
  { platform, atTerminal }: SignalWorld,
): () => void {
  const interrupt = () => listener('SIGINT');
  const end = () => listener('SIGTERM');
  const meanings: (readonly [NodeJS.Signals, () => void])[] = [
    ['SIGINT', interrupt],
    ['SIGTERM', end],
    ...(platform === 'win32' ? [['SIGBREAK', end] as const] : []),
    ...(atTerminal ? [['SIGHUP', end] as const] : []),
  ];
  for (const [signal, heard] of meanings) source.on(signal, heard);
  return () => {
    for (const [signal, heard] of meanings) source.off(signal, heard);
  };
}
