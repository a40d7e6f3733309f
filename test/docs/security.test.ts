import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { withAttackTable } from '../hostile/page.ts';

const path = fileURLToPath(new URL('../../docs/security.md', import.meta.url));

it("docs/security.md has the hostile set's attacks and outcomes", async () => {
  const page = await readFile(path, 'utf8');
  const current = withAttackTable(page);
  if (process.env.VSC_WRITE_DOCS) await writeFile(path, current);
  else expect(page).toBe(current);
});
