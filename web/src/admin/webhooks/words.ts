// Webhooks and deliveries in words.

import { moment } from '../../format/time';
import type { Delivery, Webhook } from '../types';

export interface Standing {
  tone: 'seal' | 'amber' | 'red';
  label: string;
  detail: string;
}

export function standing({ state, failures, next_try }: Webhook): Standing {
  if (state === 'going') return { tone: 'seal', label: 'Delivering', detail: '' };
  if (state === 'stopped') {
    const detail =
      'It failed for nearly three days, so nothing is sent there until you try again. Nothing is left out then.';
    return { tone: 'red', label: 'Stopped', detail };
  }
  const tries = failures > 1 ? `The last ${failures} attempts failed.` : 'The last attempt failed.';
  const next = next_try ? ` The next is on ${moment(next_try)}.` : '';
  return { tone: 'amber', label: 'Trying again', detail: `${tries}${next}` };
}

export function kind({ what, index }: Pick<Delivery, 'what' | 'index'>): string {
  if (what === 'test') return 'Test';
  return what === 'again' ? `Event ${index}, once more` : `Event ${index}`;
}

export function outcome({ problem, status, duration_ms }: Delivery): string {
  if (problem) return problem;
  return `It arrived: ${status ?? 'no status'} after ${duration_ms} ms.`;
}
