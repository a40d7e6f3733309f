/**
 * The tables of docs/scaling.md, from what was measured:
 *
 *   node bench/scaling.mjs --json > figures.json && node bench/scaling/model.mjs figures.json
 */
import { readFileSync } from 'node:fs';

const { rows } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const nodes = [1, 4, 16, 64];

/** Sizes of a part, and the seconds of each. */
function timesOf(name) {
  const found = rows.find((part) => part.name === name);
  if (found === undefined) throw new Error(`${name} was not measured.`);
  return found.measured.map(({ size, ways }) => ({ size, seconds: ways.ours.seconds }));
}

const slopeOf = ([small, , large]) => (large.seconds - small.seconds) / (large.size - small.size);

/** Seconds of a part at a size: along the line through the smallest and the largest that were measured. */
function linear(name, size) {
  const times = timesOf(name);
  return times[2].seconds + slopeOf(times) * (size - times[2].size);
}

/** The same along the parabola through all three, for what compares all with all. */
function square(name, size) {
  const [a, b, c] = timesOf(name);
  const lagrange = (one, two, three) =>
    (one.seconds * (size - two.size) * (size - three.size)) /
    ((one.size - two.size) * (one.size - three.size));
  return lagrange(a, b, c) + lagrange(b, a, c) + lagrange(c, a, b);
}

/** What Slurm takes between two tasks of a slot. */
const gap = 6 * slopeOf(timesOf('empty tasks in six slots, to their end'));
/** The look at a node before tasks are handed over, and the last look at the queue, half of ten seconds late. */
const around = (task) => gap + task + 1 + 5;

/** Both sets at 30 vectors a video and 512 float32 a vector. */
const bytesPerVideo = 30 * 512 * 4;
const digests = (gigabytes) => gigabytes * slopeOf(timesOf('digests'));

/** Seconds of each part, those that more nodes don't shorten by themselves. */
function describing(videos, secondsPerVideo) {
  const shards = Math.ceil(videos / 100);
  const own = linear("a shard's task besides its container", videos);
  return {
    tasks: shards,
    each: 100 * secondsPerVideo + own + gap,
    alone: {
      plan: linear('looking for videos', videos) + linear('planning shards', shards),
      submit: linear('handing over', shards) + around(own),
      // A shard is read as it comes in, while others run: but for the last ones.
      merge: linear('merging shards', shards) + digests((bytesPerVideo * 100) / 1e9),
    },
  };
}

function judging(submissions, secondsPerQuery, videos = 48_000) {
  const own = square("a submission's task besides its containers", videos);
  const scoring = square("a submission's containers, with code that takes no time", videos);
  const zips = submissions * digests((bytesPerVideo * videos) / 1e9);
  return {
    tasks: submissions,
    each: 800 * secondsPerQuery + scoring + own + gap,
    alone: {
      plan:
        zips +
        linear('reading zips (a few bytes each)', submissions) +
        linear('planning submissions', submissions),
      submit: linear('handing over', submissions) + around(own),
      table: linear('reading verdicts, ranking, writing the tables', submissions),
    },
  };
}

const sum = (some) => Object.values(some).reduce((all, each) => all + each, 0);

function shown(seconds) {
  const [unit, size] =
    seconds < 60
      ? ['s', 1]
      : seconds < 3_600
        ? ['min', 60]
        : seconds < 172_800
          ? ['h', 3_600]
          : ['d', 86_400];
  const value = seconds / size;
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

function row(name, { tasks, each, alone }) {
  const fixed = sum(alone);
  const cells = nodes.map((count) => {
    const whole = fixed + Math.ceil(tasks / count) * each;
    return `${shown(whole)} (${((fixed / whole) * 100).toPrecision(2)} %)`;
  });
  return `| ${[name, ...cells].join(' | ')} |`;
}

const works = {
  '48,000 videos, 1 s each': describing(48_000, 1),
  '48,000 videos, 10 s each': describing(48_000, 10),
  '1,000 submissions, 1 s a query': judging(1_000, 1),
  '1,000 submissions, 10 s a query': judging(1_000, 10),
};
console.log(
  `| work | ${nodes.map((count) => `${count} node${count > 1 ? 's' : ''}`).join(' | ')} |`,
);
console.log(`| --- |${' ---: |'.repeat(nodes.length)}`);
for (const [name, work] of Object.entries(works)) console.log(row(name, work));
console.log();
for (const [name, { each, alone }] of Object.entries(works)) {
  const parts = Object.entries(alone).map(([part, seconds]) => `${part} ${shown(seconds)}`);
  console.log(`${name}: a task ${each.toFixed(1)} s; ${parts.join(', ')}`);
}
console.log(`Slurm, from task to task in a slot: ${gap.toFixed(2)} s`);
