/** How often a server is asked in a row without getting any further: half a minute. */
export const patience = 6;

/** Why a file could not be fetched, and whether it is worth another try. */
export class TransferFault extends Error {
  /** How often in a row it may happen until the file is given up. */
  readonly tries: number;
  /** Whether other files of the same server will fare no better. */
  readonly isOfHost: boolean;
  /** Milliseconds that the server asks for before the next try. */
  readonly retryAfter: number | undefined;

  constructor(
    message: string,
    options: ErrorOptions & {
      readonly tries?: number;
      readonly isOfHost?: boolean;
      readonly retryAfter?: number | undefined;
    } = {},
  ) {
    super(message, options);
    this.name = 'TransferFault';
    this.tries = options.tries ?? 1;
    this.isOfHost = options.isOfHost ?? false;
    this.retryAfter = options.retryAfter;
  }
}

/** Statuses that may be others at the next try. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504, 507, 509, 520, 521, 522, 523, 524]);

/** The fault that a status is. @param now milliseconds since 1970, for dates in `Retry-After` */
export function statusFault(
  status: number,
  host: string,
  retryAfter: string | undefined,
  now: number,
): TransferFault {
  const answer = `${host} answered ${status}`;
  if (passing.has(status)) {
    return new TransferFault(answer, {
      tries: patience,
      isOfHost: true,
      retryAfter: readRetryAfter(retryAfter, now),
    });
  }
  if (status === 404 || status === 410)
    return new TransferFault(`${answer}: there is no such file`);
  if ([401, 403, 407].includes(status)) {
    const why = 'not allowed; if the URLs are signed, they may have expired: get a new list';
    return new TransferFault(`${answer}: ${why}`, { isOfHost: true });
  }
  return new TransferFault(answer);
}

/** `Retry-After`: seconds, or a date. */
export function readRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Longest pause between two tries. */
const longestPause = 60_000;

/**
 * The pause before the next try: 1, 2, 4, … seconds, of which the latter half is left to chance, so that
 * many clients don't come back at once.
 *
 * @param failed tries in a row, at least 1
 * @param chance 0 to 1
 */
export function pauseAfter(failed: number, chance: number): number {
  const whole = Math.min(longestPause, 1000 * 2 ** (failed - 1));
  return whole / 2 + (whole / 2) * chance;
}
