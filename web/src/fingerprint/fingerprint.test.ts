// Dropbox's published vectors, at the edges of the 4 MiB block, and SHA-256 against WebCrypto.

import { describe, expect, it } from 'vitest';
import { contentHash, fingerprintSmall, sha256 } from './fingerprint';
import { isSmall } from './hashing';
import { fromHex, toHex } from './hex';

const MIB4 = 4_194_304;
const letters = (length: number) => new Blob([new Uint8Array(length).fill(0x41)]);
const ignore = () => {};

const CONTENT_HASHES: [string, Blob, string][] = [
  ['nothing', letters(0), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['one letter', letters(1), '1cd6ef71e6e0ff46ad2609d403dc3fee244417089aa4461245a4e4fe23a55e42'],
  ['two letters', letters(2), '01e0655fb754d10418a73760f57515f4903b298e6d67dda6bf0987fa79c22c88'],
  ['4 KiB', letters(4096), '8620913d33852befe09f16fff8fd75f77a83160d29f76f07e0276e9690903035'],
  [
    'a block less one byte',
    letters(MIB4 - 1),
    '647c8627d70f7a7d13ce96b1e7710a771a55d41a62c3da490d92e56044d311fa',
  ],
  ['a block', letters(MIB4), 'd4d63bac5b866c71620185392a8a6218ac1092454a2d16f820363b69852befa3'],
  [
    'a block and a byte',
    letters(MIB4 + 1),
    '8f553da8d00d0bf509d8470e242888be33019c20c0544811f5b2b89e98360b92',
  ],
  [
    'two blocks less one byte',
    letters(2 * MIB4 - 1),
    '83b30cf4fb5195b04a937727ae379cf3d06673bf8f77947f6a92858536e8369c',
  ],
  [
    'two blocks',
    letters(2 * MIB4),
    'e08b3ba1f538804075c5f939accdeaa9efc7b5c01865c94a41e78ca6550a88e7',
  ],
  [
    'two blocks and a byte',
    letters(2 * MIB4 + 1),
    '02c8a4aefc2bfc9036f89a7098001865885938ca580e5c9e5db672385edd303c',
  ],
  [
    'a sentence',
    new Blob(['hello world']),
    'bc62d4b80d9e36da29c16c5d4d9f11731f36052c72401a76c23c0fb5a9b74423',
  ],
];

describe('content hash', () => {
  it.each(CONTENT_HASHES)('of %s is what Dropbox says', async (_, blob, expected) => {
    expect(toHex(await contentHash(blob, ignore))).toBe(expected);
    if (isSmall(blob)) expect(toHex((await fingerprintSmall(blob)).contentHash)).toBe(expected);
  });

  it('reports progress up to the last byte', async () => {
    const seen: number[] = [];
    await contentHash(letters(2 * MIB4 + 1), (bytes) => seen.push(bytes));
    expect(seen.at(-1)).toBe(2 * MIB4 + 1);
    expect(seen).toHaveLength(3);
  });
});

describe('plain SHA-256', () => {
  it.each([0, 1, MIB4 - 1, MIB4, MIB4 + 1, 3 * MIB4 + 7])('of %i bytes', async (length) => {
    const blob = letters(length);
    const expected = new Uint8Array(
      await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()),
    );
    expect(await sha256(blob, ignore)).toEqual(expected);
  });
});

describe('hexadecimal', () => {
  it('survives the way there and back', () => {
    expect(toHex(fromHex('00ff7a'))).toBe('00ff7a');
  });

  it.each(['0', 'zz', 'FF'])('refuses %s', (text) => {
    expect(() => fromHex(text)).toThrow('not hexadecimal');
  });
});
