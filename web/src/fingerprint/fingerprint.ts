// The two fingerprints of a file, computed block by block so that memory stays flat for any size:
// Dropbox's content hash (SHA-256 over the SHA-256 of each 4 MiB block) by the browser's own
// WebCrypto, several blocks at once; and plain SHA-256, which WebCrypto cannot stream, by hash-wasm.
// Nothing here talks to a network or to a page.

import { createSHA256 } from 'hash-wasm';

export const BLOCK_BYTES = 4 * 1024 * 1024;
/** Blocks that are read and hashed at the same time; each holds BLOCK_BYTES of memory. */
export const BLOCKS_IN_FLIGHT_MAX = 4;

export type Digest = Uint8Array<ArrayBuffer>;
/** Called with the number of bytes done so far. */
export type OnProgress = (bytesDone: number) => void;

/** A file of one block or less: both fingerprints at once, from one read. */
export async function fingerprintSmall(
  blob: Blob,
): Promise<{ contentHash: Digest; sha256: Digest }> {
  const sha256 = await digest(await blob.arrayBuffer());
  // An empty file has no block at all, so its content hash is SHA-256 of nothing.
  const contentHash = await digest(blob.size === 0 ? new Uint8Array() : sha256);
  return { contentHash, sha256 };
}

export async function contentHash(blob: Blob, onProgress: OnProgress): Promise<Digest> {
  const blocks = Math.ceil(blob.size / BLOCK_BYTES);
  const digests = new Uint8Array(blocks * 32);
  let next = 0;
  let bytesDone = 0;
  const lane = async () => {
    while (next < blocks) {
      const block = next++;
      const bytes = await readBlock(blob, block);
      digests.set(await digest(bytes), block * 32);
      onProgress((bytesDone += bytes.byteLength));
    }
  };
  await Promise.all(Array.from({ length: BLOCKS_IN_FLIGHT_MAX }, lane));
  return digest(digests);
}

export async function sha256(blob: Blob, onProgress: OnProgress): Promise<Digest> {
  const hasher = await createSHA256();
  const blocks = Math.ceil(blob.size / BLOCK_BYTES);
  let reading = readBlock(blob, 0);
  for (let block = 0; block < blocks; block++) {
    const bytes = new Uint8Array(await reading);
    if (block + 1 < blocks) reading = readBlock(blob, block + 1);
    hasher.update(bytes);
    onProgress(block * BLOCK_BYTES + bytes.byteLength);
  }
  return new Uint8Array(hasher.digest('binary'));
}

function readBlock(blob: Blob, block: number): Promise<ArrayBuffer> {
  return blob.slice(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES).arrayBuffer();
}

async function digest(bytes: BufferSource): Promise<Digest> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}
