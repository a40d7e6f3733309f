import * as v from 'valibot';
import { type Cause, causes } from '../causes.ts';

/** Version of the form of a task's files; another one's are not read. */
export const taskVersion = 1;

/** A file that a task reads, which has to be the one it was planned with. */
const inputSchema = v.object({ path: v.string(), sha256: v.string() });

/** What a task is told, in `task.json`; what it has to do is in a form of its kind. */
export const specSchema = v.object({
  version: v.literal(taskVersion),
  /** Of the vsc that planned it: no other runs it. */
  vsc: v.string(),
  kind: v.string(),
  /** Tells what comes of it from what came of other code, another image or other inputs. */
  key: v.string(),
  inputs: v.pipe(v.array(inputSchema), v.readonly()),
  work: v.unknown(),
});

export type TaskSpec = Readonly<v.InferOutput<typeof specSchema>>;

/** What kept a task from its end that is no fault of its own: evidence, in the order of the attempts. */
export const faultSchema = v.object({
  version: v.literal(taskVersion),
  key: v.string(),
  /** Where it happened. */
  node: v.string(),
  /** When the attempt began and ended, in ISO 8601. */
  began: v.string(),
  ended: v.string(),
  /** Why: what the tables of causes call it. */
  cause: v.picklist(Object.keys(causes) as Cause[]),
  /** What happened, and what to do. */
  message: v.string(),
  next: v.pipe(v.array(v.string()), v.readonly()),
});

export type Fault = Readonly<v.InferOutput<typeof faultSchema>>;

/** Who works on a task, as its evidence tells. */
export interface Worker {
  /** The machine, as the scheduler calls it. */
  readonly node: string;
  readonly hostname: string;
  readonly pid: number;
}
