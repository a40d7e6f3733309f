import { tracksOf } from './attack.ts';
import { attackGroups } from './attacks/all.ts';

/** The table of attacks as docs/security.md has it. */
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
  return [`${count} attacks.`, ...lines].join('\n');
}
