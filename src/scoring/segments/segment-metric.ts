import { EnvironmentError } from '../../errors.ts';
import { localDisk } from '../../files.ts';
import type { MatchTable } from '../../matches/match-table.ts';
import { MatchTableBuilder } from '../../matches/match-table-builder.ts';
import { MatchesReader, readMatchesFile } from '../../matches/read.ts';
import type { Metric, TableReader } from '../metric.ts';
import type { MatchScore } from '../score.ts';
import { scoreMatches } from './match-score.ts';

/** The metric of the matching track: segment AP. */
export const segmentMetric: Metric<MatchTable, MatchTable, MatchScore> = {
  files: { full: 'full_matches.csv', subset: 'subset_matches.csv' },
  reader: (name, fail) => orNone(new MatchesReader({ name, columns: 'submitted', fail })),
  readFile: (path, fail) => readMatchesFile(path, { name: path, columns: 'any', fail }),
  readTruth: (path, isWanted) => {
    const fail = (message: string) =>
      new EnvironmentError(message, ['Mend that line, or fetch the file again.']);
    const form = { name: path, columns: 'truth', fail, ...(isWanted && { isWanted }) } as const;
    return localDisk(`read ${path}`, () => readMatchesFile(path, form));
  },
  score: scoreMatches,
};

/** The organisers' image leaves an empty file where there is no code to make the subset's matches. */
function orNone(reader: TableReader<MatchTable>): TableReader<MatchTable> {
  let isEmpty = true;
  return {
    push(chunk) {
      if (chunk.length > 0) isEmpty = false;
      reader.push(chunk);
    },
    end: () => (isEmpty ? new MatchTableBuilder().table() : reader.end()),
  };
}
