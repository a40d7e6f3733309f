/** A page with one of its made parts as it is now: what is between the part's two marks. */
export function withPart(page: string, name: string, text: string): string {
  const begin = `<!-- ${name}: made by VSC_WRITE_DOCS=1 npx vitest run test/docs -->\n`;
  const end = `<!-- end of ${name} -->`;
  const [before = '', rest] = page.split(begin);
  if (rest === undefined) throw new Error(`The page has no mark ${begin}`);
  const [, after = ''] = rest.split(end);
  return `${before}${begin}\n${text}\n\n${end}${after}`;
}
