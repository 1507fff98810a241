import { expect, it } from 'vitest';
import { documentOf, wrong } from './document';

const pair = (name: string, value = 'x') => ({ name, value });

it('a document has its hash, and no name unless it is given one', () => {
  const document = documentOf('ab', ' ', [pair(' kind ', 'lease'), pair('', '')]);
  expect(document).toMatchObject({
    kind: 'lease',
    arc_display_name: 'xxx...',
    arc_profile: 'Document',
    document_hash_value: 'ab',
    document_status: 'Published',
  });
  expect(Object.keys(document)).not.toContain('');
  expect(documentOf('ab', 'Lease 7', [])).toMatchObject({ arc_display_name: 'Lease 7' });
});

it('names that mean something, come twice or cannot be are told', () => {
  const pairs = [pair('kind'), pair('document_hash_value'), pair('a.b'), pair('kind'), pair('')];
  const told = pairs.map((_, index) => wrong(pairs, index) !== '');
  expect(told).toEqual([false, true, true, true, true]);
  expect(wrong([pair('', '')], 0)).toBe('');
});
