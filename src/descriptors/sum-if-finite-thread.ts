import { parentPort, workerData } from 'node:worker_threads';
import { type FloatsInFile, sumIfFinite } from './sum-if-finite.ts';

void sumIfFinite(workerData as FloatsInFile).then((sum) => parentPort?.postMessage(sum));
