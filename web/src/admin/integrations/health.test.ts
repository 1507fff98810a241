import { expect, it } from 'vitest';
import type { Health } from '../types';
import { tell } from './health';
import { problemSentence } from './problems';

const now = Date.parse('2026-05-12T12:00:00Z');
const health = (state: Partial<Health>, changes: Partial<Health> = {}) =>
  ({
    ...state,
    documents: 48_112,
    last_change_seen: '2026-05-12T11:59:52Z',
    last_checked: null,
    not_recorded: 0,
    without_sha256: 0,
    contents: null,
    missing_folders: [],
    ...changes,
  }) as Health;

it('up to date says when it last looked and when it last saw a change', () => {
  const last_checked = '2026-05-12T11:59:56Z';
  const told = tell(health({ state: 'up_to_date' }, { last_checked }), now);
  expect(told.label).toBe('Up to date');
  expect(told.details).toEqual(['48,112 documents · checked 4 s ago', 'Last change seen 8 s ago']);
  const quiet = health({ state: 'up_to_date' }, { last_checked, last_change_seen: null });
  expect(tell(quiet, now).details).toEqual(['48,112 documents · checked 4 s ago']);
});

it('a scan says how far it is, with and without a known end', () => {
  const known = tell(
    health({ state: 'scanning', seen: 24_000, recorded: 18_231, total: 48_039 }),
    now,
  );
  expect(known.details[0]).toBe('18,231 of 48,039 files');
  expect(known.progress).toEqual({ value: 18_231, max: 48_039 });
  const unknown = tell(health({ state: 'scanning', seen: 1200, recorded: 200, total: null }), now);
  expect(unknown.details[0]).toBe('200 recorded of 1,200 seen so far');
});

it('reading contents says how many versions and bytes', () => {
  const contents = { read: 12, total: 340, bytes_read: 1_200_000_000, bytes_total: 30_000_000_000 };
  const told = tell(health({ state: 'reading_contents' }, { contents }), now);
  expect([told.label, told.details[0]]).toEqual([
    'Reading contents',
    '12 of 340 versions read, 1.2 of 30 GB',
  ]);
  expect(told.progress).toEqual({ value: 1_200_000_000, max: 30_000_000_000 });
  const scanning = health({ state: 'scanning', seen: 1, recorded: 1, total: 2 }, { contents });
  expect(tell(scanning, now).details).toContain('12 of 340 versions read, 1.2 of 30 GB');
});

it('files without the SHA-256 that is wanted are counted beside those not recorded', () => {
  const both = health({ state: 'up_to_date' }, { not_recorded: 2, without_sha256: 1 });
  expect(tell(both, now).notRecorded).toBe('2 files not recorded, 1 file without SHA-256');
});

it('waiting says why and until when', () => {
  const until = '2026-05-12T12:01:35Z';
  const told = tell(health({ state: 'waiting', until, reason: 'Dropbox asked us to wait' }), now);
  expect(told.details.slice(0, 2)).toEqual([
    'Dropbox asked us to wait.',
    'Goes on at 14:01, in 2 min.',
  ]);
});

it('a failure says its reason and the next try', () => {
  const state: Partial<Health> = {
    state: 'failed',
    reason: 'Dropbox is down',
    since: '2026-05-12T11:00:00Z',
    next_try: '2026-05-12T12:00:42Z',
  };
  expect(tell(health(state), now).details.slice(0, 2)).toEqual([
    'Dropbox is down.',
    'Tries again at 14:00, in 42 s.',
  ]);
});

it('says who disconnected, and that nothing is lost', () => {
  const at = '2026-05-12T09:00:00Z';
  const told = tell(health({ state: 'disconnected', by: 'provider', at }), now);
  expect(told.details[0]).toBe(
    'It was disconnected at Dropbox on 12 May 2026, 11:00. What was published stays public.',
  );
});

it('linked folders that went missing are named', () => {
  const told = tell(health({ state: 'up_to_date' }, { missing_folders: ['/Press'] }), now);
  expect(told.details.at(-1)).toBe('Not in Dropbox at the moment: /Press');
});

it('files that could not be recorded are counted', () => {
  expect(tell(health({ state: 'up_to_date' }, { not_recorded: 1 }), now).notRecorded).toBe(
    '1 file not recorded',
  );
  expect(tell(health({ state: 'up_to_date' }), now).notRecorded).toBe('');
});

it('every problem says what to do next', () => {
  expect(problemSentence('denied')).toContain('Connect');
  expect(problemSentence('something_new')).toContain('Connect again');
});
