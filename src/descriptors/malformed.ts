/**
 * A file that is not what its name says: no zip, cut off, lying about its sizes, pickled. Whoever
 * reads a submission turns it into a finding; it is never a crash.
 */
export class MalformedFile extends Error {
  /** How to mend the file, where that is known. */
  readonly fix: string | undefined;

  constructor(message: string, options: { readonly fix?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'MalformedFile';
    this.fix = options.fix;
  }
}

/** A file that has no end record of a zip where one should be: something else, or cut off. */
export class NotAZip extends MalformedFile {}
