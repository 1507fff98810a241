// The private fields of an event: in words, and as the address of a receipt that opens some of them.
// Pure; what is asked of the server is in ../api.

import type { AssetEvent } from '../types';
import { isRegistered } from './words';

export type FieldName = 'name' | 'path' | 'revision' | 'editor';

/** A field whose value is null is one that the event never had; an erased one may have been any. */
export interface PrivateField {
  name: FieldName;
  /** What it is called here, in the middle of a sentence. */
  words: string;
  value: string | null;
  erased: boolean;
}

type Words = readonly (readonly [FieldName, string])[];

const OF_A_FILE: Words = [
  ['name', 'file name'],
  ['path', 'path'],
  ['revision', 'Dropbox revision'],
  ['editor', 'editor’s Dropbox account'],
];

/** What is registered has no file. */
const REGISTERED: Words = [['editor', 'name of who recorded it']];

/** A field's words at the beginning of a line. */
export function label({ words }: PrivateField): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function fieldsOf(event: AssetEvent): PrivateField[] {
  const erased = event.private?.erased ?? [];
  return (isRegistered(event) ? REGISTERED : OF_A_FILE).map(([name, words]) => ({
    name,
    words,
    value: event.private?.[name] ?? null,
    erased: erased.includes(name),
  }));
}

/** Where the receipt lies that opens these fields; without any it opens what everybody may see. */
export function receiptOf(event: AssetEvent, open: readonly PrivateField[]): string {
  const query = new URLSearchParams(open.map(({ name }) => ['open', name]));
  return open.length > 0 ? `/archivist/v2/${event.identity}/receipt?${query}` : event.log.receipt;
}

/** What somebody learns who is given the receipt that opens these fields. */
export function discloses(open: readonly PrivateField[]): string {
  if (open.length === 0) return 'It opens none of them: it shows what is public.';
  const told = open.map(({ words, value }) =>
    value === null ? `that the ${words} is not known` : `the ${words}`,
  );
  return `Whoever gets this file sees ${new Intl.ListFormat('en').format(told)}, for ever.`;
}
