// What the page and the hashing worker say to each other.

import type { Digest } from './fingerprint';

/** `both` is for files of one block; larger ones are asked for one fingerprint at a time. */
export type Wanted = 'both' | 'contentHash' | 'sha256';

export interface Order {
  file: Blob;
  wanted: Wanted;
}

export type Report =
  | { kind: 'progress'; bytesDone: number }
  | { kind: 'done'; contentHash?: Digest; sha256?: Digest }
  | { kind: 'failed'; message: string };
