/** A program for a thread, with all that it imports, as the text of a script. */
declare module '*?thread' {
  export const code: string;
}
