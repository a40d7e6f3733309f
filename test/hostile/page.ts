import { tracksOf } from './attack.ts';
import { attackGroups } from './attacks/all.ts';

/** The table of attacks as docs/security.md has it, between its two marks. */
export function attackTable(): string {
  const count = attackGroups.reduce((sum, [, attacks]) => sum + attacks.length, 0);
  const lines = attackGroups.flatMap(([title, attacks]) => [
    '',
    `### ${title}`,
    '',
    '| attack | track | tries | outcome |',
    '| --- | --- | --- | --- |',
    ...attacks.map((attack) => {
      const { name, tries, outcome } = attack;
      return `| ${name} | ${tracksOf(attack).join(', ')} | ${tries} | ${outcome} |`;
    }),
  ]);
  return [`${count} attacks.`, ...lines, ''].join('\n');
}

const begin = '<!-- attacks: made by VSC_WRITE_DOCS=1 npx vitest run test/docs -->\n';
const end = '<!-- end of attacks -->';

/** The page with the table as it is now. */
export function withAttackTable(page: string): string {
  const [before = '', rest = ''] = page.split(begin);
  const [, after = ''] = rest.split(end);
  return `${before}${begin}\n${attackTable()}\n${end}${after}`;
}
