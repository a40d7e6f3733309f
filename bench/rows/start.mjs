// On the Node that runs this, and on those that BENCH_NODES names: BENCH_NODES=/path/to/node,/to/another
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { main, root } from '../support/sources.mjs';

const nodes = [process.execPath, ...(process.env.BENCH_NODES?.split(',') ?? [])];
const versions = await Promise.all(
  nodes.map(async (node) => (await execa(node, ['--version'])).stdout),
);

const start = (name, words, exitCode = 0) =>
  nodes.map((node, at) => ({
    name: `\`vsc ${name}\`, Node ${versions[at].slice(1)}`,
    unit: 'start',
    sizes: [1],
    against: '`node -e 0`',
    limit: 1.4,
    rounds: 25,
    async prepare(_, place) {
      mkdirSync(place, { recursive: true });
      // As "npm ci" does on that Node.
      await execa(node, [join(root, 'scripts/code-cache.mjs'), join(root, 'dist')]);
      const run = async (...line) => {
        const ended = await execa(node, line, { cwd: place, reject: false });
        return ended.exitCode;
      };
      return {
        ways: {
          theirs: async () => void (await run('-e', '0')),
          ours: async () => {
            const code = await run(main, ...words);
            if (code !== exitCode) throw new Error(`vsc ${name} ended with ${code}.`);
          },
        },
      };
    },
  }));

export const rows = [
  start('--help', ['--help']),
  start('--version', ['--version']),
  start('pack-submission --help', ['pack-submission', '--help']),
  start('unpack-submission (a usage error)', ['unpack-submission'], 2),
  start('pull --no-such-flag (another)', ['pull', '--no-such-flag'], 2),
  start('completion bash --complete -- pack', ['completion', 'bash', '--complete', '--', 'pack']),
].flat();
