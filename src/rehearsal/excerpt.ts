import { linkOrCopy } from '../dataset/transfer.ts';
import { MalformedFile } from '../descriptors/malformed.ts';
import { localDisk } from '../files.ts';
import { openSubmission } from '../preflight/open-submission.ts';
import { readable } from '../preflight/preflight.ts';
import type { Prepared } from './prepared.ts';

/**
 * Of a smoke test, puts what is submitted for its queries where the scoring looks for it: to compare with what the
 * code makes, the rest need not be searched, which takes minutes of a whole set.
 * @throws the signal's reason
 */
export async function placeExcerpt(
  { request, work, data, scoredZip }: Prepared,
  signal: AbortSignal,
): Promise<void> {
  const { zip } = request.project;
  if (scoredZip === zip) return;
  const form = request.track.submission;
  const submission = await openSubmission(zip, { freeBytes: 0, signal });
  try {
    const files = readable(submission, form);
    const isTaken = await form.excerpt?.(files, new Set(data.subset), work.excerpt, signal);
    if (isTaken) return;
  } catch (error) {
    if (!(error instanceof MalformedFile)) throw error; // the runtime will say what is wrong
  } finally {
    await submission.close();
  }
  await localDisk(`write ${work.excerpt}`, () => linkOrCopy({ from: zip, to: work.excerpt }));
}
