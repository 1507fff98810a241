// The padded range lookup of docs/formats/lookup.md, its computing half: which prefix to ask for,
// which of the returned records is ours, and how it opens. Nothing here asks anybody anything.

import type { Digest } from '../fingerprint/fingerprint';
import { toHex } from '../fingerprint/hex';

/** Which fingerprint is looked for; the number is the byte that the format gives it. */
export const ALGORITHM = { contentHash: 0, sha256: 1 } as const;
export type Algorithm = keyof typeof ALGORITHM;

/** One record as the server sends it: only the holder of the file can tell it from a decoy. */
export interface SealedRecord {
  tag: string;
  body: string;
}

/** What a record says about the file. */
export interface LookupRecord {
  asset: string;
  event: string;
  index: number;
  version: number;
  versions: number;
  status: 'Published' | 'Withdrawn';
  published: string;
  latest_event: string;
  latest_published: string;
  publisher: string;
  verified_domain: string | null;
}

/** A record that carries our tag but does not open: someone changed it on its way. */
export class BrokenRecord extends Error {}

const NONCE_BYTES = 12;
const RECORDS_MAX = 100_000;

export async function lookupId(algorithm: Algorithm, fingerprint: Digest): Promise<Digest> {
  return labelled('proofbox/lookup/v1\n', algorithm, fingerprint);
}

/** The first `bits` bits as hexadecimal digits, the last of them filled up with zero bits. */
export function prefixOf(id: Digest, bits: number): string {
  const digits = toHex(id).slice(0, Math.ceil(bits / 4));
  const spare = (4 - (bits % 4)) % 4;
  if (spare === 0) return digits;
  const last = (parseInt(digits.slice(-1), 16) >> spare) << spare;
  return digits.slice(0, -1) + last.toString(16);
}

/** Opens the records that are about this file; usually none or one. */
export async function openRecords(
  records: SealedRecord[],
  algorithm: Algorithm,
  fingerprint: Digest,
): Promise<LookupRecord[]> {
  if (records.length > RECORDS_MAX) throw new Error('the answer holds too many records');
  const tag = toHex((await lookupId(algorithm, fingerprint)).slice(8, 16));
  const ours = records.filter((record) => record.tag === tag);
  if (ours.length === 0) return [];
  const key = await sealingKey(algorithm, fingerprint);
  return Promise.all(ours.map((record) => openRecord(record, key)));
}

async function openRecord(record: SealedRecord, key: CryptoKey): Promise<LookupRecord> {
  try {
    const sealed = fromBase64(record.body);
    const iv = sealed.subarray(0, NONCE_BYTES);
    const plain = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv },
      key,
      sealed.subarray(NONCE_BYTES),
    );
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain)) as LookupRecord;
  } catch (cause) {
    throw new BrokenRecord('a record for this file does not open', { cause });
  }
}

async function sealingKey(algorithm: Algorithm, fingerprint: Digest): Promise<CryptoKey> {
  const key = await labelled('proofbox/lookup-key/v1\n', algorithm, fingerprint);
  return crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']);
}

async function labelled(label: string, algorithm: Algorithm, fingerprint: Digest): Promise<Digest> {
  const bytes = [...new TextEncoder().encode(label), ALGORITHM[algorithm], ...fingerprint];
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
