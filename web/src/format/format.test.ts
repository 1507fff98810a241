import { describe, expect, it } from 'vitest';
import { counted, duration, size, sizeOf } from './amount';
import { Pace } from './pace';
import { ago, day, instant, moment, utc } from './time';

describe('sizes', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [1500, '1.5 kB'],
    [999_600, '1 MB'],
    [2_011_467, '2 MB'],
    [212_000_000_000, '212 GB'],
  ])('%i is written %s', (bytes, text) => expect(size(bytes)).toBe(text));

  it('names the unit of the whole once', () => {
    expect(sizeOf(6_400_000_000, 10_200_000_000)).toBe('6.4 of 10.2 GB');
    expect(sizeOf(10, 900)).toBe('10 of 900 bytes');
  });

  it('counts one file and several', () => {
    expect(counted(1, 'file')).toBe('1 file');
    expect(counted(48_039, 'file')).toBe('48,039 files');
  });
});

describe('durations', () => {
  it.each([
    [0.2, '1 s'],
    [59, '59 s'],
    [61, '1 min'],
    [3600, '1 h 0 min'],
  ])('%d seconds is %s', (seconds, text) => expect(duration(seconds)).toBe(text));
});

describe('moments', () => {
  const may = '2026-05-12T12:03:07.250Z';

  it('are told in the local time, and in UTC', () => {
    expect(day(may)).toBe('12 May 2026');
    expect(moment(may)).toBe('12 May 2026, 14:03');
    expect(instant(may)).toBe('12 May 2026, 14:03:07');
    expect(utc(may)).toBe('2026-05-12 12:03:07 UTC');
  });

  it('that are none are shown as they came', () => expect(moment('soon')).toBe('soon'));

  it.each([
    [-5, 'just now'],
    [8, '8 s ago'],
    [180, '3 min ago'],
    [7200, '2 h ago'],
    [200_000, '12 May 2026'],
  ])('%i seconds later is %s', (seconds, text) => {
    expect(ago(may, Date.parse(may) + seconds * 1000)).toBe(text);
  });
});

describe('pace', () => {
  it('says nothing before it knows', () => {
    const pace = new Pace();
    pace.note(0, 0);
    expect(pace.rate()).toBeUndefined();
    expect(pace.secondsLeft(10)).toBeUndefined();
  });

  it('follows the last seconds, not the beginning', () => {
    const pace = new Pace();
    for (let second = 0; second <= 10; second++)
      pace.note(second < 5 ? second : second * 100, second * 1000);
    expect(pace.rate()).toBe(100);
    expect(pace.secondsLeft(1100)).toBe(1);
  });
});
