// What Instaproof says about a file, in one sentence, from the records that opened for it. Pure:
// the words of a verdict are decided here and nowhere else.

import { day } from '../format/time';
import type { LookupRecord } from './record';

export type State = 'current' | 'superseded' | 'withdrawn' | 'not found' | 'failed' | 'trouble';

export interface Verdict {
  state: State;
  /** The state in two or three words. */
  label: string;
  /** The sentence. */
  say: string;
  /** What else helps to understand it. */
  hint?: string;
  /** The record that it is about; none when nothing was found. */
  record?: LookupRecord;
}

export const NOT_FOUND: Verdict = {
  state: 'not found',
  label: 'Not found',
  say: 'Nobody has published this exact file here. That proves nothing by itself.',
  hint: 'Re-saved, compressed, exported or sent through a messenger, a file changes. Ask the sender for the original.',
};

export const TROUBLE: Verdict = {
  state: 'trouble',
  label: 'No answer',
  say: 'The lookup got no answer, so nothing is known about this file yet.',
  hint: 'Check your connection, then try again. Your file is still only on your computer.',
};

export const FAILED: Verdict = {
  state: 'failed',
  label: 'Proof failed',
  say: 'There is a record for this file, but its proof does not hold.',
  hint: 'It was damaged or changed on its way. Try again; if it stays so, do not rely on this record and tell the publisher.',
};

/** One verdict for each document that holds this content, the earliest first. */
export function verdicts(records: LookupRecord[]): Verdict[] {
  if (records.length === 0) return [NOT_FOUND];
  return onePerDocument(records)
    .sort((a, b) => a.index - b.index)
    .map(verdictOf);
}

/** A document may have held the same content more than once; its latest such version counts. */
function onePerDocument(records: LookupRecord[]): LookupRecord[] {
  const latest = new Map<string, LookupRecord>();
  for (const record of records) {
    const known = latest.get(record.asset);
    if (!known || record.version > known.version) latest.set(record.asset, record);
  }
  return [...latest.values()];
}

function verdictOf(record: LookupRecord): Verdict {
  const { version, versions } = record;
  const nth = `This is version ${version} of ${versions}`;
  if (record.status === 'Withdrawn') {
    return {
      state: 'withdrawn',
      label: 'Withdrawn',
      say: `${nth}, but ${publisher(record)} withdrew the document on ${day(record.latest_published)}.`,
      record,
    };
  }
  if (version < versions) {
    return {
      state: 'superseded',
      label: 'Authentic, not the latest',
      say: `${nth}. ${publisher(record)} published a newer one on ${day(record.latest_published)}.`,
      record,
    };
  }
  return {
    state: 'current',
    label: 'Current version',
    say: `${nth}, published by ${publisher(record)} on ${day(record.published)}.`,
    record,
  };
}

/** A verified domain is said plainly; any other name is only what the publisher calls itself. */
function publisher(record: LookupRecord): string {
  return record.verified_domain ?? `“${isolated(record.publisher)}” (name not verified)`;
}

/** A name may hold right-to-left marks: between isolates they cannot turn the sentence around. */
function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}

/** `3 current, 1 not found`, for several files at once. */
export function tally(states: State[]): string {
  const words: [State, string][] = [
    ['current', 'current'],
    ['superseded', 'not the latest'],
    ['withdrawn', 'withdrawn'],
    ['failed', 'proof failed'],
    ['not found', 'not found'],
    ['trouble', 'without an answer'],
  ];
  return words
    .map(([state, word]) => [states.filter((other) => other === state).length, word] as const)
    .filter(([times]) => times > 0)
    .map(([times, word]) => `${times} ${word}`)
    .join(', ');
}
