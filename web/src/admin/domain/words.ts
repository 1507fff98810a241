// A domain and its history in words.

import { moment } from '../../format/time';
import type { Domain, DomainStep } from '../types';

export interface Standing {
  tone: 'seal' | 'amber' | 'red' | 'slate';
  label: string;
  detail: string;
}

type Known = Pick<Domain, 'state' | 'since' | 'proof' | 'checked_at' | 'lapses_at'>;

const PROOFS = { dns: 'a record in its DNS', file: 'a file on its web server' } as const;

export function standing({ state, since, proof, checked_at, lapses_at }: Known): Standing {
  if (state === 'claimed') {
    const detail =
      checked_at === null
        ? 'Publish one of the two proofs, then check.'
        : 'Nobody is shown this domain until one of the two proofs is found.';
    return { tone: 'slate', label: 'Not verified yet', detail };
  }
  if (state === 'lapsed') {
    const detail = `Its proof was gone for three days, so nobody is shown it since ${moment(since)}. Publish a proof again, then check.`;
    return { tone: 'red', label: 'Lapsed', detail };
  }
  const by = proof ? `, by ${PROOFS[proof]}` : '';
  const verified = `Verified since ${moment(since)}${by}.`;
  if (lapses_at === null) {
    const detail = `${verified} Whoever checks one of your files sees it. Leave the proof where it is.`;
    return { tone: 'seal', label: 'Verified', detail };
  }
  const detail = `${verified} Its proof is not found any more. Bring it back before ${moment(lapses_at)}, or nobody is shown this domain.`;
  return { tone: 'amber', label: 'Proof missing', detail };
}

export function step({ what, proof, problem }: Omit<DomainStep, 'at' | 'name'>): string {
  if (what === 'claimed') return 'Claimed';
  if (what === 'released') return 'Given up';
  if (what === 'lapsed') return `Lapsed. ${problem}`;
  return proof ? `Verified by ${PROOFS[proof]}` : 'Verified';
}
