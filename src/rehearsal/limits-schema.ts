import * as v from 'valibot';
import type { Limits } from '../engine/port.ts';

/** A container's limits, where they are read from a file. */
export const limitsSchema = v.object({
  memoryBytes: v.exactOptional(v.number()),
  cpus: v.exactOptional(v.number()),
  pids: v.exactOptional(v.number()),
  diskBytes: v.exactOptional(v.number()),
  seconds: v.exactOptional(v.number()),
}) satisfies v.GenericSchema<unknown, Limits>;
