import { expect } from 'vitest';
import type { Attack } from '../attack.ts';

const header = 'query_id,ref_id,query_start,query_end,ref_start,ref_end,score\\n';

/** Code in which `output` is the path of the subset's matches. */
const instead = (code: string) => `import os
output = "/code_execution/subset_matches.csv"
${code}
`;

/** The honest output, its bytes changed by an expression in which they are `good`. */
const changed = (content: string) =>
  instead(`import honest\ngood = open(output, "rb").read()\nopen(output, "wb").write(${content})`);

const unreadable = 'fails (1): unreadable from that line on';

/** Files that are not the table of matches that was asked for, or are it in an odd way. */
const attacks: readonly Attack[] = [
  {
    name: 'hard-link-for-matches',
    tries: 'leaves a hard link to /etc/passwd as its matches',
    outcome: "fails (1): the container's own file, and no matches",
    main: instead(
      'try: os.link("/etc/passwd", output)\nexcept OSError: open(output, "wb").write(open("/etc/passwd", "rb").read())',
    ),
    exit: [1],
    says: /subset_matches\.csv: wrong-columns: line 1/,
    never: /nobody|nologin/,
  },
  {
    name: 'sparse-matches',
    tries: 'leaves sparse matches of 1 GiB and a byte, below what --disk allows',
    outcome: 'fails (1): refused by their size, before they are copied',
    main: instead('open(output, "wb").truncate((1 << 30) + 1)'),
    exit: [1],
    says: /subset_matches\.csv has 1\.07 GB; allowed are/,
  },
  {
    name: 'sparse-matches-below-the-limit',
    tries:
      'leaves matches of a header and 256 MiB of NULs, which take no space and have no line end',
    outcome: unreadable,
    main: instead(`open(output, "w").write("${header}")\nos.truncate(output, 1 << 28)`),
    exit: [1],
    says: /subset_matches\.csv: unreadable: line 2: it is longer than 4096 bytes/,
  },
  {
    name: 'matches-of-controls',
    tries: 'leaves matches with a NUL and controls in an id and a number',
    outcome: unreadable,
    main: changed('good + b"Q100003\\x00\\x1b[2J,R100001,0,\\x071,0,1,1\\n"'),
    exit: [1],
    says: /subset_matches\.csv: unreadable: line 6: it has control characters/,
    never: /[^\P{Cc}\n]/u,
  },
  {
    name: 'matches-with-an-open-quote',
    tries: 'leaves matches with a quote that is never closed, for a reader that goes on to the end',
    outcome: unreadable,
    main: changed('good + b"\\"" + good * 10000'),
    exit: [1],
    says: /subset_matches\.csv: unreadable: line 6: it has a quote/,
  },
  {
    name: 'matches-in-utf-16',
    tries: 'leaves matches in UTF-16, which some readers know by their first bytes',
    outcome: unreadable,
    main: changed('good.decode().encode("utf-16")'),
    exit: [1],
    says: /subset_matches\.csv: unreadable: line 1: it has control characters/,
  },
  {
    name: 'matches-with-old-line-ends',
    tries: 'leaves matches whose lines end by CR, which to some readers are one line',
    outcome: 'valid, and kept to the byte',
    main: changed('good.replace(b"\\n", b"\\r")'),
    made: (honest) => Buffer.from(honest.toString().replaceAll('\n', '\r')),
    exit: [0],
    check: ({ stdout }) => expect(stdout).toMatch(/matches +14 full, 4 subset/),
  },
  {
    name: 'matches-beyond-numbers',
    tries: 'leaves times and scores beyond float64, in exponents and in thousands of digits',
    outcome: 'fails (1): not finite, and shown shortened',
    main: changed(
      'good + b"Q100003,R100001,0,1e999999999999,0,1,-1e400\\nQ100003,R100001,0,1,0," + b"9" * 4000 + b",1\\n"',
    ),
    exit: [1],
    says: /not-finite: line 6, query_end: found '1e999999999999'[\s\S]*not-finite: line 6, score: found '-1e400'[\s\S]*not-finite: line 7, ref_end: found '9{40}'…/,
    never: /9{50}/,
  },
  {
    name: 'millions-of-faults',
    tries: 'leaves matches with two million rows of which each is wrong',
    outcome: 'fails (1); the first row is told, and how many more there are',
    main: instead(`open(output, "w").write("${header}" + "x\\n" * 2_000_000)`),
    exit: [1],
    says: /wrong-field-count: line 2: it has 1 field, not 7; so it is in 1,999,999 more rows/,
    check: ({ stderr, page }) => {
      expect(stderr.match(/wrong-field-count/g)?.length).toBeLessThan(4);
      expect(page.length).toBeLessThan(200_000);
    },
  },
  {
    name: 'crowded-matches',
    tries: 'leaves 200,000 equal segments, to keep whoever compares them busy',
    outcome: 'valid, compared in a moment, and kept to the byte',
    main: changed('good.splitlines(True)[0] + good.splitlines(True)[1] * 200_000'),
    made: (honest) => {
      const [columns = '', row = ''] = honest.toString().split(/(?<=\n)/);
      return Buffer.from(columns + row.repeat(200_000));
    },
    exit: [0],
    check: ({ stdout }) => expect(stdout).toMatch(/matches +14 full, 200,000 subset/),
  },
];

/** Attacks by what `main.py` leaves as its matches. */
export const matchAttacks = attacks.map((attack): Attack => ({ ...attack, tracks: ['matching'] }));
