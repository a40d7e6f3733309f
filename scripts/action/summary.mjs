// The job's summary in GitHub's Markdown. Texts may come from the submission: none of them becomes markup.

const verdicts = {
  0: '✅ The submission runs',
  1: '❌ The submission failed',
  3: '⚠️ The environment is not ready',
  4: '❌ The submission is invalid',
};

const mostFindings = 50;
const mostCharacters = 500;

/** A text as it stands, on one line: what could mark it up is written as an entity, what can't be seen as a box. */
function plain(text) {
  const short = [...String(text)].slice(0, mostCharacters).join('');
  return short
    .replaceAll(/\p{C}/gu, (character) => (character === '\n' ? ' ' : '\u{fffd}'))
    .replaceAll(/[^\p{L}\p{N}\s.,;:µ–-]/gu, (character) => `&#${character.codePointAt(0)};`)
    .replaceAll(/www\./gi, (start) => `${start.slice(0, -1)}&#46;`);
}

function table(heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map((row) => line(row.map(plain)))];
}

function scoreRows(name, scores, of) {
  if (scores === undefined) return [];
  return ['full', 'subset']
    .filter((set) => scores[set] !== undefined)
    .map((set) => [`${name}, ${set}`, scores[set][of].toFixed(4)]);
}

function figures({
  dataset,
  track,
  score,
  matchScore,
  pace,
  memory,
  reproduction,
  matchReproduction,
}) {
  const verdict = (reproduction ?? matchReproduction)?.verdict;
  return [
    ['Track', track],
    ['Data', dataset],
    ...scoreRows('µAP', score, 'microAveragePrecision'),
    ...scoreRows('Segment AP', matchScore, 'segmentAveragePrecision'),
    ...(pace ? [['Seconds per query', `${pace.secondsPerQuery.toFixed(2)} of ${pace.limit}`]] : []),
    ...(memory ? [['Most memory', `${Math.round(memory.peakBytes / 1e6)} MB`]] : []),
    ...(verdict ? [['main.py and what was submitted', verdict]] : []),
  ];
}

function causeOf({ reason, stage, next = [] }) {
  const where = stage === undefined ? '' : ` (${stage})`;
  return [`**${plain(`${reason}${where}`)}**`, '', ...next.map((line) => `- ${plain(line)}`)];
}

function findingsTable(findings, more = 0) {
  if (findings.length === 0) return [];
  const rows = findings.slice(0, mostFindings).map(({ severity, file, rule, message, fix }) => {
    return [severity, file, rule, fix === undefined ? message : `${message} ${fix}`];
  });
  const left = findings.length - rows.length + more;
  return [
    ...table(['', 'File', 'Rule', 'Found'], rows),
    ...(left > 0 ? ['', `and ${left} more`] : []),
  ];
}

/**
 * What came of a rehearsal.
 * @param report the content of report.json, if this run has written one
 * @param findings of the checks before the run, where there is no report
 * @param lastLines what was printed last, shown where nothing else tells why
 */
export function summaryOf({ exitCode, report, findings, lastLines }) {
  const found = report?.findings ?? findings;
  const isTold = exitCode === 0 || found.length > 0 || report !== undefined;
  const parts = [
    [`## ${verdicts[exitCode] ?? `⚠️ vsc ended with ${exitCode}`}`],
    report && report.verdict.kind !== 'ok' ? causeOf(report.verdict) : [],
    report ? table(['', ''], figures(report)) : [],
    findingsTable(found, report?.moreFindings),
    isTold ? [] : ['<pre>', ...lastLines.map(plain), '</pre>'],
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}
