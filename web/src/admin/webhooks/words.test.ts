import { expect, it } from 'vitest';
import type { Delivery, Webhook } from '../types';
import { kind, outcome, standing } from './words';

const webhook = (state: Webhook['state'], failures = 0, next_try: string | null = null) =>
  ({ state, failures, next_try }) as Webhook;

it('says how a webhook goes', () => {
  expect(standing(webhook('going')).label).toBe('Delivering');
  expect(standing(webhook('waiting', 1, '2026-01-02T03:04:05Z')).detail).toContain(
    'The last attempt failed.',
  );
  expect(standing(webhook('stopped')).detail).toContain('Nothing is left out');
});

it('says what was sent, and what came of it', () => {
  const delivery = { what: 'again', index: 7, status: 204, duration_ms: 12, problem: '' };
  expect(kind(delivery as Delivery)).toBe('Event 7, once more');
  expect(outcome(delivery as Delivery)).toBe('It arrived: 204 after 12 ms.');
  expect(outcome({ ...delivery, problem: 'It answered with 500.' } as Delivery)).toBe(
    'It answered with 500.',
  );
});
