// What is asked, how often, and what a difficult server makes of it.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fromHex } from '../fingerprint/hex';
import { ConnectionTrouble, Lookup } from './ask';

const FINGERPRINT = fromHex('7a028b6c8f2168a7002e4ae21c7b2bce9a2e41598ad13070371621bd91870b2d');
const json = (body: unknown, init?: ResponseInit) => new Response(JSON.stringify(body), init);
const answers = vi.fn<(path: string) => Response>();
let sent: string[];
let lookup: Lookup;

beforeEach(() => {
  sent = [];
  lookup = new Lookup((request) => sent.push(request));
  vi.stubGlobal('fetch', (path: string) => Promise.resolve(answers(path)));
  answers.mockImplementation((path) =>
    path === '/api/lookup' ? json({ bits: 5 }) : json({ bits: 5, records: [] }),
  );
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  answers.mockReset();
});

it('sends the first bits and nothing else', async () => {
  expect(await lookup.find('contentHash', FINGERPRINT)).toEqual([]);
  expect(sent).toHaveLength(2);
  expect(sent[0]).toBe('GET /api/lookup');
  expect(sent[1]).toMatch(/^GET \/api\/lookup\?bits=5&prefix=[0-9a-f][08]$/);
});

it('does not ask again for a range that it has just got', async () => {
  await lookup.find('contentHash', FINGERPRINT);
  await lookup.find('contentHash', FINGERPRINT);
  expect(sent).toHaveLength(2);
});

it('asks once more when the number of bits has changed', async () => {
  answers
    .mockReturnValueOnce(json({ bits: 5 }))
    .mockReturnValueOnce(json({ error: { code: 'lookup_bits_changed' } }, { status: 409 }))
    .mockReturnValueOnce(json({ bits: 6 }));
  await lookup.find('sha256', FINGERPRINT);
  expect(sent.at(-1)).toContain('bits=6');
});

it('waits as long as the server asks', async () => {
  vi.useFakeTimers();
  answers.mockReturnValueOnce(json({}, { status: 429, headers: { 'Retry-After': '7' } }));
  const found = lookup.find('sha256', FINGERPRINT);
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  await vi.advanceTimersByTimeAsync(6_000);
  expect(sent).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await found).toEqual([]);
});

it.each([
  ['an error', () => json({}, { status: 503 })],
  ['something else', () => new Response('<html>')],
])('calls %s trouble, never “not found”', async (_, answer) => {
  answers.mockImplementation(answer);
  await expect(lookup.find('sha256', FINGERPRINT)).rejects.toThrow(ConnectionTrouble);
});

it('calls a dead network trouble', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(lookup.find('sha256', FINGERPRINT)).rejects.toThrow(ConnectionTrouble);
});
