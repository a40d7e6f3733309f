import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { world } from './sources.mjs';

const sizes = [10, 100, 1_000];

/** What judging costs whoever hands it over. */
export function batchParts(sources) {
  const { planTasks, ranked, readSubmissions, submissionSpec, TaskFolder, tracks } = sources;
  const { verdictsOn, writeTables } = sources;

  const names = (count) => Array.from({ length: count }, (_, at) => `team-${at + 1}`);

  const zipsIn = (place, count) => {
    const folder = join(place, 'zips');
    mkdirSync(folder, { recursive: true });
    for (const name of names(count)) writeFileSync(join(folder, `${name}.zip`), name);
    return folder;
  };

  /** Submissions as `prepareBatch` gives them. */
  const entriesIn = (place, count) =>
    names(count).map((name, at) => {
      const [zip, key] = [join(place, `${name}.zip`), String(at).padStart(64, '0')];
      const inputs = [{ path: zip, sha256: key }];
      return {
        submission: { name, folder: name, zip, bytes: 1, sha256: key },
        task: { name, folder: new TaskFolder(join(place, 'submissions', name)), key },
        spec: submissionSpec(zip, { root: place }, { vsc: world.version, key, inputs }),
      };
    });

  const judgement = (at) => ({
    verdict: at % 10 === 0 ? 'failed' : 'runs',
    cause: at % 10 === 0 ? 'failed' : null,
    message: at % 10 === 0 ? 'main.py ended with exit code 1.' : null,
    score: at % 10 === 0 ? null : ((at * 7919) % 1_000) / 1_000,
    subsetScore: null,
    secondsPerQuery: 1.5,
    containerSeconds: 1_234.5,
    peakMemoryBytes: 4e9,
    reproduction: 'reproduces',
    report: 'report.html',
  });

  const judgedIn = async (place, count) => {
    const entries = entriesIn(place, count);
    await planTasks({ entries }, world);
    for (const [at, { task }] of entries.entries()) {
      const attempt = await task.folder.attempt(task.key, { ...world.owner, node: 'bench' });
      await attempt.succeed(judgement(at));
    }
    return entries;
  };

  /** @param known names the file that knows zips from before, by the round */
  const reading = (name, known) => ({
    name,
    unit: 'submission',
    sizes,
    rounds: 5,
    async prepare(size, place) {
      const folder = zipsIn(place, size);
      let round = 0;
      const read = () => readSubmissions(folder, join(place, known(round++)), world);
      await read();
      return { ways: { ours: async () => void (await read()) } };
    },
  });

  return [
    reading('reading zips (a few bytes each)', (round) => `${round}.json`),
    reading('reading zips again', () => 'zips.json'),
    {
      name: 'planning submissions',
      unit: 'submission',
      sizes,
      rounds: 5,
      async prepare(size, place) {
        let round = 0;
        const plan = () =>
          planTasks({ entries: entriesIn(join(place, `${round++}`), size) }, world);
        return { ways: { ours: () => plan() } };
      },
    },
    {
      name: 'coming back to submissions that are judged',
      unit: 'submission',
      sizes,
      rounds: 5,
      async prepare(size, place) {
        const entries = await judgedIn(place, size);
        return { ways: { ours: () => planTasks({ entries }, world) } };
      },
    },
    {
      name: 'reading verdicts, ranking, writing the tables',
      unit: 'submission',
      sizes,
      rounds: 5,
      async prepare(size, place) {
        const entries = await judgedIn(place, size);
        const conditions = { track: tracks.descriptor, dataset: 'test' };
        return {
          ways: {
            ours: async () => {
              const rows = ranked(await verdictsOn(entries));
              await writeTables(place, rows, conditions);
            },
          },
        };
      },
    },
  ];
}
