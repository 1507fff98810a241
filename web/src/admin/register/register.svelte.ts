// Registering one document: the file is hashed here, looked up among the tenancy's own, and published
// by its hash. The file itself goes nowhere.

import { hash, isSmall, UnreadableFile } from '../../fingerprint/hashing';
import { toHex } from '../../fingerprint/hex';
import { api, sentence } from '../api';
import type { Asset } from '../types';
import { documentOf, type Pair } from './document';

export class Registration {
  file: File | undefined = $state.raw();
  /** How much of the file is hashed, from 0 to 1. */
  progress = $state(0);
  sha256 = $state('');
  /** A document of the tenancy that has this hash already. */
  known: Asset | undefined = $state.raw();
  made: Asset | undefined = $state.raw();
  problem = $state('');
  busy = $state(false);
  #stop = new AbortController();

  /** Takes a file in the place of another one. */
  async take(file: File): Promise<void> {
    this.reset();
    this.file = file;
    const { signal } = this.#stop;
    try {
      const wanted = isSmall(file) ? 'both' : 'sha256';
      const onProgress = (bytesDone: number) => (this.progress = bytesDone / file.size);
      const { sha256 } = await hash(file, wanted, onProgress, signal);
      if (!sha256 || signal.aborted) return;
      const digits = toHex(sha256);
      [this.known] = await api.documentsWith(digits);
      if (!signal.aborted) this.sha256 = digits;
    } catch (error) {
      if (!signal.aborted) this.problem = told(error);
    }
  }

  async publish(publicName: string, pairs: readonly Pair[]): Promise<void> {
    [this.busy, this.problem] = [true, ''];
    try {
      const attributes = documentOf(this.sha256, publicName, pairs);
      const key = `proofbox-register-${await keyOf(attributes)}`;
      this.made = await api.register(attributes, key);
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.busy = false;
    }
  }

  reset(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    [this.file, this.known, this.made] = [undefined, undefined, undefined];
    [this.progress, this.sha256, this.problem] = [0, '', ''];
  }
}

/** The same document with the same words is the same request, however often it is sent. */
async function keyOf(attributes: unknown): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(attributes));
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

function told(error: unknown): string {
  if (error instanceof UnreadableFile) {
    return 'The file cannot be read. It may have been moved or changed: choose it again.';
  }
  return sentence(error);
}
