// The prefix, the opening of records, and what is said about them.

import { describe, expect, it } from 'vitest';
import type { Digest } from '../fingerprint/fingerprint';
import { fromHex, toHex } from '../fingerprint/hex';
import { ALGORITHM, BrokenRecord, lookupId, openRecords, prefixOf } from './record';
import type { Algorithm, LookupRecord, SealedRecord } from './record';
import { tally, verdicts } from './verdict';

const FINGERPRINT = fromHex('7a028b6c8f2168a7002e4ae21c7b2bce9a2e41598ad13070371621bd91870b2d');

const RECORD: LookupRecord = {
  asset: '0b2c7d6e-7d3f-4a0e-9b1c-2f6f0a9d5e11',
  event: '5d1f7a52-09a4-4a4b-8a53-6a5d3b8f9c22',
  index: 18_204,
  version: 4,
  versions: 4,
  status: 'Published',
  published: '2026-05-12T12:03:07Z',
  latest_event: '5d1f7a52-09a4-4a4b-8a53-6a5d3b8f9c22',
  latest_published: '2026-05-12T12:03:07Z',
  publisher: 'Example Press',
  verified_domain: 'example.org',
};

/** Made with OpenSSL from the words of docs/formats/lookup.md: content hash, nonce 00 01 … 0b. */
const VECTOR = {
  id: 'e881091f148d3f5cdd7725acc04e91b985b799a6c2f1f4913ff0ce26f91ed700',
  tag: 'dd7725acc04e91b9',
  body: [
    'AAECAwQFBgcICQoL7SPtdUlQB3UfzRqa13gJmeIyzOrGAv0/k1vs5NOPNKhgX57eOO2kXLOzdA4iXS6u',
    'Jewr4KHYgzGQ55JCP+PfOI299c0CquPBdIDZnQQ2suC83e5pJxNiIFQTQfQeaP1eEIUNFMeML911P3/p',
    '/BU7PSLu1zWD7VgdG+PQX5Zrr4xKdbHR8U5teGM9ojrHlbWQ8Ve8OEUZCFOmiPRIVsX8rC/JtKr8RRUf',
    'GrT3hJHrNmswUg2kMX8jxxAHgRSOe6AIDA5oaU9w0C/yLeHpQ1arNv/y5Mku30YHvwkR5YbpfC52k3xB',
    'LJSw3BQ+wHxfcQkPa1zyE91vmJGlfHr+xXiY5vjEQ2O9YUh2MMM587UbVTftIBkAx0nSNBcIXz0Nuf7C',
    'fsO/RQ5a0Tu0WhEf6kkVodtdcLHxDPacr1TR4jZtAvg/EepUx/9m/8igJTW1ruyQq9KivUMHbwM4llPS',
    'S9D6alfie6Ub2xI8EVL5OJlP9GEcSNuACy+scjKUfCls9GM7B4+OE/VGZEDlyLkzAjF3jO2M9ipKNyrp',
    '+HF6wY1LwNV2VqHqnZLNpYk6a/4ebd21BlThXELyBRuZemnZin8xTlsUCJH7sti6RcXn+9EjAbg=',
  ].join(''),
};

const bytes = (text: string) => new TextEncoder().encode(text);

async function seal(
  plain: string,
  algorithm: Algorithm,
  fingerprint: Digest,
): Promise<SealedRecord> {
  const label = [...bytes('proofbox/lookup-key/v1\n'), ALGORITHM[algorithm], ...fingerprint];
  const raw = await crypto.subtle.digest('SHA-256', new Uint8Array(label));
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt']);
  const iv = new Uint8Array(12).fill(7);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes(plain));
  const body = btoa(String.fromCharCode(...iv, ...new Uint8Array(sealed)));
  return { tag: toHex((await lookupId(algorithm, fingerprint)).slice(8, 16)), body };
}

describe('the prefix', () => {
  const id = fromHex('b7ff');

  it.each([
    [0, ''],
    [1, '8'],
    [3, 'a'],
    [4, 'b'],
    [5, 'b0'],
    [6, 'b4'],
    [16, 'b7ff'],
  ])('of %i bits is “%s”', (bits, prefix) => expect(prefixOf(id, bits)).toBe(prefix));
});

describe('a record', () => {
  it('of another implementation is found and opened', async () => {
    expect(toHex(await lookupId('contentHash', FINGERPRINT))).toBe(VECTOR.id);
    expect(await openRecords([VECTOR], 'contentHash', FINGERPRINT)).toEqual([RECORD]);
  });

  it('opens for the holder of the file and for nobody else', async () => {
    const record = await seal(JSON.stringify(RECORD).padEnd(448), 'sha256', FINGERPRINT);
    const decoy = { tag: '00'.repeat(8), body: btoa('x'.repeat(476)) };
    expect(await openRecords([decoy, record], 'sha256', FINGERPRINT)).toEqual([RECORD]);
    expect(await openRecords([decoy, record], 'contentHash', FINGERPRINT)).toEqual([]);
    expect(await openRecords([decoy, record], 'sha256', fromHex('00'.repeat(32)))).toEqual([]);
  });

  it('that was changed on its way is called broken, not absent', async () => {
    const record = await seal(JSON.stringify(RECORD), 'contentHash', FINGERPRINT);
    const changed = { ...record, body: btoa('y') + record.body.slice(4) };
    await expect(openRecords([changed], 'contentHash', FINGERPRINT)).rejects.toThrow(BrokenRecord);
  });
});

describe('the verdict', () => {
  const one = (changes: Partial<LookupRecord>) => verdicts([{ ...RECORD, ...changes }])[0];

  it('on the current version', () => {
    expect(one({})).toMatchObject({
      state: 'current',
      say: 'This is version 4 of 4, published by example.org on 12 May 2026.',
    });
  });

  it('on an older version', () => {
    expect(one({ version: 2 })).toMatchObject({
      state: 'superseded',
      say: 'This is version 2 of 4. example.org published a newer one on 12 May 2026.',
    });
  });

  it('on a withdrawn document', () => {
    expect(one({ status: 'Withdrawn' })).toMatchObject({
      state: 'withdrawn',
      say: 'This is version 4 of 4, but example.org withdrew the document on 12 May 2026.',
    });
  });

  it('says that the name of a publisher is not verified', () => {
    const say = one({ verified_domain: null, version: 1 })?.say;
    expect(say).toBe(
      'This is version 1 of 4. “\u2068Example Press\u2069” (name not verified) published a newer one on 12 May 2026.',
    );
  });

  it('on an unknown file claims nothing', () => {
    expect(verdicts([])[0]?.say).toContain('That proves nothing by itself.');
  });

  it('shows every document with this content, the earliest first', () => {
    const other = { ...RECORD, asset: 'other', index: 3 };
    expect(verdicts([RECORD, other]).map((verdict) => verdict.record?.asset)).toEqual([
      'other',
      RECORD.asset,
    ]);
  });

  it('takes the latest version when a document returned to an earlier content', () => {
    const [verdict, ...others] = verdicts([{ ...RECORD, version: 1, index: 2 }, RECORD]);
    expect(others).toEqual([]);
    expect(verdict?.state).toBe('current');
  });

  it('sums up several files', () => {
    expect(tally(['not found', 'current', 'current'])).toBe('2 current, 1 not found');
  });
});
