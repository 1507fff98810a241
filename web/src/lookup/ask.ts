// The padded range lookup, its asking half: the only requests that Instaproof makes. Each is kept
// word for word, so that the page can show what left this computer.

import type { Digest } from '../fingerprint/fingerprint';
import {
  lookupId,
  openRecords,
  prefixOf,
  type Algorithm,
  type LookupRecord,
  type SealedRecord,
} from './record';

/** An answer is kept this long, so that a folder of files does not ask the same range again. */
const ANSWER_KEPT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 20_000;
/** A server that is asked too much says how long to wait; a folder of files may meet that. */
const PATIENCE_ATTEMPTS_MAX = 8;
const PATIENCE_SECONDS_MAX = 60;

/** The server was not reached or answered with an error: it says nothing about the file. */
export class ConnectionTrouble extends Error {}

/** The log has grown past a power of two since we asked for the number of bits. */
class BitsChanged extends ConnectionTrouble {}

interface Range {
  bits: number;
  records: SealedRecord[];
}

export class Lookup {
  #kept = new Map<string, { at: number; answer: Promise<unknown> }>();

  /** `onSent` is told each request as it leaves, for example `GET /api/lookup?bits=4&prefix=b`. */
  constructor(private readonly onSent: (request: string) => void) {}

  async find(algorithm: Algorithm, fingerprint: Digest): Promise<LookupRecord[]> {
    const id = await lookupId(algorithm, fingerprint);
    const range = await this.#range(id).catch((error: unknown) => {
      if (!(error instanceof BitsChanged)) throw error;
      this.#kept.clear();
      return this.#range(id);
    });
    return openRecords(range.records, algorithm, fingerprint);
  }

  async #range(id: Digest): Promise<Range> {
    const { bits } = await this.#get<{ bits: number }>('/api/lookup');
    return this.#get<Range>(`/api/lookup?bits=${bits}&prefix=${prefixOf(id, bits)}`);
  }

  #get<T>(path: string): Promise<T> {
    const kept = this.#kept.get(path);
    if (kept && Date.now() - kept.at < ANSWER_KEPT_MS) return kept.answer as Promise<T>;
    const answer = this.#fetch<T>(path);
    this.#kept.set(path, { at: Date.now(), answer });
    answer.catch(() => this.#kept.delete(path));
    return answer;
  }

  async #fetch<T>(path: string): Promise<T> {
    const response = await this.#send(path);
    if (response.status === 409) throw new BitsChanged();
    if (!response.ok) throw new ConnectionTrouble(`the server answered ${response.status}`);
    return (await response.json().catch(trouble)) as T;
  }

  async #send(path: string): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      this.onSent(`GET ${path}`);
      const response = await fetch(path, {
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      }).catch(trouble);
      if (response.status !== 429 || attempt === PATIENCE_ATTEMPTS_MAX) return response;
      await pause(Number(response.headers.get('Retry-After')) || 1);
    }
  }
}

function trouble(cause: unknown): never {
  throw new ConnectionTrouble('the lookup got no answer', { cause });
}

function pause(seconds: number): Promise<void> {
  const ms = 1000 * Math.min(seconds, PATIENCE_SECONDS_MAX);
  return new Promise((resolve) => setTimeout(resolve, ms));
}
