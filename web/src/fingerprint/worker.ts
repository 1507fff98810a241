// The hashing worker: one order at a time, progress a few times a second. To cancel it, the page
// terminates it; there is nothing to clean up.

import { contentHash, fingerprintSmall, sha256 } from './fingerprint';
import type { Order, Report } from './protocol';

const PROGRESS_EVERY_MS = 100;

self.onmessage = async ({ data }: MessageEvent<Order>) => {
  try {
    report({ kind: 'done', ...(await fingerprints(data)) });
  } catch (error) {
    report({ kind: 'failed', message: String(error) });
  }
};

async function fingerprints({ file, wanted }: Order) {
  if (wanted === 'both') return fingerprintSmall(file);
  if (wanted === 'contentHash') return { contentHash: await contentHash(file, throttled()) };
  return { sha256: await sha256(file, throttled()) };
}

function throttled(): (bytesDone: number) => void {
  let last = 0;
  return (bytesDone) => {
    const now = performance.now();
    if (now - last < PROGRESS_EVERY_MS) return;
    last = now;
    report({ kind: 'progress', bytesDone });
  };
}

function report(report: Report): void {
  self.postMessage(report);
}
