import { expect, test } from 'vitest';
import { counts, label } from './activity';

const step = { number: 1, at: '2026-05-12T12:03:07Z', what: 'recorded', detail: '' };

test('a step says what it counted, and nothing about nothing', () => {
  expect(counts({ ...step, events: 1, gone: 0, not_recorded: 1200 })).toBe(
    '1 event · 1,200 not recorded',
  );
  expect(counts({ ...step, events: 0, gone: 0, not_recorded: 0 })).toBe('');
});

test('a step that a newer server names is shown by that name', () => {
  const unknown = { ...step, what: 'dreamt', events: 0, gone: 0, not_recorded: 0 };
  expect(label(unknown)).toBe('dreamt');
});
