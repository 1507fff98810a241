// What a document says of itself when it is registered: what its owner entered, and what makes it a
// document. Pure.

import type { Attributes } from '../types';

/** What a document is called whose name stays private. */
export const MASKED_NAME = 'xxx...';

export interface Pair {
  name: string;
  value: string;
}

/** Names that a document gives a meaning of its own. */
const OWN = [
  'arc_display_name',
  'arc_display_type',
  'arc_profile',
  'document_hash_alg',
  'document_hash_value',
  'document_status',
  'document_version',
];

export function documentOf(sha256: string, publicName: string, pairs: readonly Pair[]): Attributes {
  const others = pairs.filter(({ name }) => name.trim() !== '');
  return {
    ...Object.fromEntries(others.map(({ name, value }) => [name.trim(), value])),
    arc_display_name: publicName.trim() || MASKED_NAME,
    arc_display_type: 'Document',
    arc_profile: 'Document',
    document_hash_alg: 'sha256',
    document_hash_value: sha256,
    document_status: 'Published',
    document_version: '1',
  };
}

/** What is wrong with the name of an attribute; empty if nothing is. */
export function wrong(pairs: readonly Pair[], index: number): string {
  const name = pairs[index]?.name.trim() ?? '';
  if (name === '') return pairs[index]?.value ? 'Give it a name.' : '';
  if (OWN.includes(name)) return 'Proofbox sets this one itself. Choose another name.';
  if (name.includes('.')) return 'A name has no dot in it.';
  const isTwice = pairs.some((other, place) => place < index && other.name.trim() === name);
  return isTwice ? 'There is one with this name already.' : '';
}
