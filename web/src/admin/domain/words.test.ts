import { expect, it } from 'vitest';
import { standing, step } from './words';

const verified = {
  state: 'verified',
  since: '2026-01-02T03:04:05Z',
  proof: 'dns',
  checked_at: '2026-01-02T03:04:05Z',
  lapses_at: null,
} as const;

it('says what is known of a domain, and what to do', () => {
  expect(standing({ ...verified, state: 'claimed', proof: null, checked_at: null })).toEqual({
    tone: 'slate',
    label: 'Not verified yet',
    detail: 'Publish one of the two proofs, then check.',
  });
  expect(standing(verified).detail).toContain('by a record in its DNS');
  expect(standing({ ...verified, lapses_at: '2026-01-05T03:04:05Z' })).toMatchObject({
    tone: 'amber',
    label: 'Proof missing',
  });
  expect(standing({ ...verified, state: 'lapsed', proof: null }).detail).toContain(
    'Publish a proof again',
  );
});

it('says what became of a domain', () => {
  const nothing = { proof: null, problem: '' };
  expect(step({ what: 'claimed', ...nothing })).toBe('Claimed');
  expect(step({ what: 'released', ...nothing })).toBe('Given up');
  expect(step({ what: 'verified', proof: 'file', problem: '' })).toBe(
    'Verified by a file on its web server',
  );
  expect(step({ what: 'lapsed', proof: null, problem: 'There is no record.' })).toBe(
    'Lapsed. There is no record.',
  );
});
