/** What text for people is dressed in: those of chalk's styles that `vsc` uses. */
export type Colours = Readonly<
  Record<'red' | 'yellow' | 'cyan' | 'bold' | 'dim', (text: string) => string>
>;

const asItIs = (text: string) => text;

/** For CI, files and terminals without colours. */
export const colourless: Colours = {
  red: asItIs,
  yellow: asItIs,
  cyan: asItIs,
  bold: asItIs,
  dim: asItIs,
};
