import { expect, it } from 'vitest';
import type { AssetEvent } from '../types';
import { discloses, fieldsOf, label, receiptOf, type FieldName } from './private';

const event = {
  identity: 'assets/1/events/2',
  document: { origin: 'observed' },
  log: { receipt: '/publicassets/1/events/2/receipt' },
  private: { name: null, path: '/Lease.pdf', revision: 'r1', editor: null, erased: ['name'] },
} as unknown as AssetEvent;

const chosen = (...names: FieldName[]) =>
  fieldsOf(event).filter(({ name }) => names.includes(name));

it('an erased field is told from one that the event never had', () => {
  expect(fieldsOf(event)).toEqual([
    { name: 'name', words: 'file name', value: null, erased: true },
    { name: 'path', words: 'path', value: '/Lease.pdf', erased: false },
    { name: 'revision', words: 'Dropbox revision', value: 'r1', erased: false },
    { name: 'editor', words: 'editor’s Dropbox account', value: null, erased: false },
  ]);
});

it('a receipt opens what was chosen, and is the public one without a choice', () => {
  expect(receiptOf(event, [])).toBe('/publicassets/1/events/2/receipt');
  expect(receiptOf(event, chosen('path', 'editor'))).toBe(
    '/archivist/v2/assets/1/events/2/receipt?open=path&open=editor',
  );
});

it('says what is shown to whoever gets the file', () => {
  expect(discloses([])).toContain('opens none of them');
  expect(discloses(chosen('path'))).toBe('Whoever gets this file sees the path, for ever.');
  expect(discloses(chosen('path', 'revision', 'editor'))).toBe(
    'Whoever gets this file sees the path, the Dropbox revision, and that the editor’s Dropbox ' +
      'account is not known, for ever.',
  );
  expect(fieldsOf(event).map(label).slice(0, 3)).toEqual(['File name', 'Path', 'Dropbox revision']);
});

it('of what is registered, only who did it can be known', () => {
  const registered = {
    ...event,
    document: { origin: 'registered' },
    private: { editor: 'Ada', erased: [] },
  } as unknown as AssetEvent;
  expect(fieldsOf(registered)).toEqual([
    { name: 'editor', words: 'name of who recorded it', value: 'Ada', erased: false },
  ]);
});
