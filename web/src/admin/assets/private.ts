// The private fields of an event: in words, and as the address of a receipt that opens some of them.
// Pure; what is asked of the server is in ../api.

import type { AssetEvent } from '../types';

export type FieldName = 'name' | 'path' | 'revision' | 'editor';

/** A field whose value is null is one that the event never had; an erased one may have been any. */
export interface PrivateField {
  name: FieldName;
  value: string | null;
  erased: boolean;
}

const FIELDS: readonly FieldName[] = ['name', 'path', 'revision', 'editor'];

const WORDS: Record<FieldName, string> = {
  name: 'file name',
  path: 'path',
  revision: 'Dropbox revision',
  editor: 'editor’s Dropbox account',
};

export function words(field: FieldName): string {
  return WORDS[field];
}

/** The same at the beginning of a line. */
export function label(field: FieldName): string {
  const text = words(field);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function fieldsOf(event: AssetEvent): PrivateField[] {
  const erased = event.private?.erased ?? [];
  return FIELDS.map((name) => ({
    name,
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
  if (open.length === 0) return 'It opens none of them: this is the public receipt.';
  const told = open.map(({ name, value }) =>
    value === null ? `that the ${words(name)} is not known` : `the ${words(name)}`,
  );
  return `Whoever gets this file sees ${new Intl.ListFormat('en').format(told)}, for ever.`;
}
