/**
 * Why a submission, or a task, came to no good end: one table for a single run, for a batch and for what a
 * scheduler tells. The names are for programs and don't change.
 */

/** What is the submission's own fault, judged once and not tried again. */
const ofSubmission = {
  'broken-rules': 'it breaks the rules',
  exception: 'its code failed',
  'no-output': 'its code wrote no output',
  'wrong-output': 'what its code wrote is no output',
  'time-limit': 'it took too long',
  memory: 'it took too much memory',
  'shared-memory': 'it filled /dev/shm',
  disk: 'it wrote too much',
  processes: 'it had too many processes',
  killed: 'it was killed, or killed itself',
  'scoring-limit': 'scoring it took more than any valid set needs',
  'broken-results': 'its results can not be read',
  failed: 'it failed',
} as const;

/** What is not: it is never charged to a submission, and is tried again where there is somewhere else. */
const ofEnvironment = {
  engine: 'the container engine failed',
  'killed-from-outside': 'somebody killed its container',
  'machine-memory': 'the machine was out of memory',
  'engine-disk': "the engine's disk was full",
  'local-disk': 'a file could not be read or written',
  'changed-inputs': 'its inputs changed meanwhile',
  image: 'the image is missing or broken',
  lost: 'its node was lost',
  'out-of-time': "the scheduler's time for it was over",
  'pre-empted': 'it was pre-empted',
  cancelled: 'it was cancelled',
  unknown: 'nobody knows what became of it',
  bug: 'vsc has a bug',
  environment: 'something was not there',
} as const;

export type SubmissionCause = keyof typeof ofSubmission;
export type EnvironmentCause = keyof typeof ofEnvironment;
export type Cause = SubmissionCause | EnvironmentCause;

/** The table: what each cause means, for people, and whether it is the submission's fault. */
export const causes = { ...ofSubmission, ...ofEnvironment } as const;

/** Whether a submission is to blame for it. */
export function isOfSubmission(cause: Cause): cause is SubmissionCause {
  return Object.hasOwn(ofSubmission, cause);
}
