// The page's side of the hashing worker: a promise, progress, and an AbortSignal that stops it.

import { BLOCK_BYTES, type Digest, type OnProgress } from './fingerprint';
import type { Order, Report, Wanted } from './protocol';

export type Fingerprints = { contentHash?: Digest; sha256?: Digest };

export class UnreadableFile extends Error {}

/** Files of one block get both fingerprints from one read. */
export function isSmall(file: Blob): boolean {
  return file.size <= BLOCK_BYTES;
}

export function hash(
  file: Blob,
  wanted: Wanted,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Fingerprints> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const worker = takeWorker();
    const stop = () => {
      worker.terminate();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
    worker.onmessage = ({ data }: MessageEvent<Report>) => {
      if (data.kind === 'progress') return onProgress(data.bytesDone);
      signal.removeEventListener('abort', stop);
      if (data.kind === 'done') {
        idle = worker;
        resolve(data);
      } else {
        worker.terminate(); // other blocks of the file may still be under way
        reject(new UnreadableFile(data.message));
      }
    };
    worker.onerror = (event) => {
      signal.removeEventListener('abort', stop);
      worker.terminate();
      reject(new Error(event.message || 'the hashing worker did not start'));
    };
    worker.postMessage({ file, wanted } satisfies Order);
  });
}

/** A worker that has finished its order waits here for the next one. */
let idle: Worker | undefined;

function takeWorker(): Worker {
  const worker = idle ?? new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  idle = undefined;
  return worker;
}
