import { UsageError } from '../errors.ts';
import { quoted } from '../progress/visible.ts';
import type { Gpus } from './port.ts';

/** A GPU's number or its UUID, or a part of one, as NVIDIA's tools tell them. */
const gpu = /^(?:\d{1,4}(?::\d{1,4})?|(?:GPU|MIG)-[\w/-]{1,200})$/;

/**
 * Which GPUs a command line names: `all`, or numbers and UUIDs with commas between.
 * @throws UsageError for what is neither
 */
export function parseGpus(text: string): Exclude<Gpus, 'none'> {
  if (text === 'all') return text;
  const ids = text.split(',').map((id) => id.trim());
  if (ids.every((id) => gpu.test(id))) return [...new Set(ids)];
  throw new UsageError(`--gpus is ${quoted(text)}.`, [
    'Allowed: all, or numbers or UUIDs with commas between, e.g. 0,1. To see them: nvidia-smi -L',
    'For no GPU: --skip-gpu, or --cpu.',
  ]);
}

/** The same in a word, for people and records. */
export function gpusText(gpus: Gpus): string {
  return typeof gpus === 'string' ? gpus : gpus.join();
}
