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

/** The server was not reached or answered with an error: it says nothing about the file. */
export class ConnectionTrouble extends Error {}

interface Range {
  bits: number;
  records: SealedRecord[];
}

export class Lookup {
  #kept = new Map<string, { at: number; answer: Promise<unknown> }>();

  /** `onSent` is told each request as it leaves, for example `GET /api/lookup?bits=4&prefix=b`. */
  constructor(private readonly onSent: (request: string) => void) {}

  async find(algorithm: Algorithm, fingerprint: Digest): Promise<LookupRecord[]> {
    const { bits } = await this.#get<{ bits: number }>('/api/lookup');
    const prefix = prefixOf(await lookupId(algorithm, fingerprint), bits);
    const range = await this.#get<Range>(`/api/lookup?bits=${bits}&prefix=${prefix}`);
    return openRecords(range.records, algorithm, fingerprint);
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
    this.onSent(`GET ${path}`);
    try {
      const response = await fetch(path, {
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      return (await response.json()) as T;
    } catch (cause) {
      throw new ConnectionTrouble('the lookup got no answer', { cause });
    }
  }
}
