/** What is shown in the place of a secret. */
export const hidden = '•••';

/**
 * A text that nobody but the engine is told: in JSON, in a text and in a debugger it is {@link hidden}, so that it
 * can't get anywhere by being written with what is around it.
 */
export interface Secret {
  reveal(): string;
  toJSON(): string;
  toString(): string;
}

export function secret(text: string): Secret {
  return { reveal: () => text, toJSON: () => hidden, toString: () => hidden };
}

/** Environment variables by their names, the values of which are the user's own. */
export type Variables = Readonly<Record<string, Secret>>;
