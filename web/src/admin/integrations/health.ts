// How an integration is, in words: derived from what the server last said and from the time now.

import { count, counted, duration, sizeOf } from '../../format/amount';
import { ago, clock, moment } from '../../format/time';
import type { IconName } from '../../ui/Icon.svelte';
import type { Health } from '../types';

export interface Told {
  tone: 'seal' | 'slate' | 'amber' | 'red' | 'grey';
  icon: IconName;
  label: string;
  details: string[];
  /** How much could not be recorded; empty when everything was. */
  notRecorded: string;
  /** How far a scan is; without `max` nobody knows yet how long it will be. */
  progress?: { value: number; max: number | undefined };
}

export function tell(health: Health | null, nowMs: number): Told {
  if (!health) {
    return { tone: 'grey', icon: 'wait', label: 'Starting', details: [], notRecorded: '' };
  }
  const told = toldState(health, nowMs);
  const details = [...told.details, ...totals(health, nowMs)].filter(Boolean);
  return { ...told, details, notRecorded: notRecorded(health) };
}

type ToldState = Omit<Told, 'notRecorded'>;

function toldState(health: Health, nowMs: number): ToldState {
  switch (health.state) {
    case 'choosing_folders':
      return {
        tone: 'slate',
        icon: 'folder',
        label: 'No folder yet',
        details: ['Nothing is published yet.'],
      };
    case 'scanning':
      return scanning(health);
    case 'reading_contents':
      return {
        tone: 'slate',
        icon: 'renew',
        label: 'Reading contents',
        details: [],
        progress: { value: health.contents?.bytes_read ?? 0, max: health.contents?.bytes_total },
      };
    case 'up_to_date':
      return {
        tone: 'seal',
        icon: 'ok',
        label: 'Up to date',
        details: [],
      };
    case 'paused':
      return {
        tone: 'grey',
        icon: 'wait',
        label: 'Paused',
        details: [
          `You paused it on ${moment(health.since)}. Nothing is missed: it is filled in later.`,
        ],
      };
    case 'waiting': {
      const details = [
        fullStop(health.reason),
        `Goes on at ${clock(health.until)}${countdown(health.until, nowMs)}.`,
      ];
      return { tone: 'amber', icon: 'wait', label: 'Waiting', details };
    }
    case 'failed': {
      const next = health.next_try
        ? `Tries again at ${clock(health.next_try)}${countdown(health.next_try, nowMs)}.`
        : '';
      return {
        tone: 'red',
        icon: 'warning',
        label: 'Not working',
        details: [fullStop(health.reason), next],
      };
    }
    case 'disconnected': {
      const where =
        health.by === 'owner' ? 'You disconnected it' : 'It was disconnected at Dropbox';
      const details = [`${where} on ${moment(health.at)}. What was published stays public.`];
      return { tone: 'grey', icon: 'unplug', label: 'Disconnected', details };
    }
  }
}

function scanning(health: Health & { state: 'scanning' }): ToldState {
  const { seen, recorded, total } = health;
  const details = [
    total === null
      ? `${count(recorded)} recorded of ${count(seen)} seen so far`
      : `${count(recorded)} of ${counted(total, 'file')}`,
  ];
  if (health.files_per_second) details.push(pace(health.files_per_second, health.seconds_left));
  const progress = { value: recorded, max: total ?? undefined };
  return { tone: 'slate', icon: 'renew', label: 'Scanning', details, progress };
}

/** How fast a scan is, and how long it will take. */
function pace(perSecond: number, secondsLeft: number | null | undefined): string {
  const rate = `${count(Math.round(perSecond))} files/s`;
  return secondsLeft ? `${rate}, ${duration(secondsLeft)} left` : rate;
}

function notRecorded({ not_recorded, without_sha256 }: Health): string {
  const parts = [
    not_recorded > 0 ? `${counted(not_recorded, 'file')} not recorded` : '',
    without_sha256 > 0 ? `${counted(without_sha256, 'file')} without SHA-256` : '',
  ];
  return parts.filter(Boolean).join(', ');
}

/** How many versions wait for their content, and how much of it has come. */
function contents({ contents }: Health): string {
  if (!contents) return '';
  const { read, total, bytes_read, bytes_total } = contents;
  return `${count(read)} of ${counted(total, 'version')} read, ${sizeOf(bytes_read, bytes_total)}`;
}

/** Whether anything can be done with it at Dropbox. */
export function isConnected(health: Health | null): boolean {
  return health?.state !== 'disconnected';
}

function totals(health: Health, nowMs: number): string[] {
  if (health.state === 'choosing_folders') return [];
  const { last_checked, last_change_seen } = health;
  const isCurrent = health.state === 'up_to_date';
  const checked = isCurrent && last_checked ? `checked ${ago(last_checked, nowMs)}` : '';
  const changed =
    isCurrent && last_change_seen
      ? `Last change seen ${ago(last_change_seen, nowMs)}${lagged(health.lag_ms)}`
      : '';
  const documents = [counted(health.documents, 'document'), checked].filter(Boolean).join(' · ');
  const gone = health.missing_folders.map((path) => `Not in Dropbox at the moment: ${path}`);
  return [contents(health), documents, changed, ...gone];
}

function lagged(ms: number | null | undefined): string {
  return ms == null ? '' : `, recorded within ${duration(ms / 1000)}`;
}

function countdown(until: string, nowMs: number): string {
  const seconds = (Date.parse(until) - nowMs) / 1000;
  return seconds > 0 ? `, in ${duration(seconds)}` : '';
}

function fullStop(sentence: string): string {
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`;
}
