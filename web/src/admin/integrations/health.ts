// How an integration is, in words: derived from what the server last said and from the time now.

import { count, counted, duration } from '../../format/amount';
import { ago, clock, moment } from '../../format/time';
import type { IconName } from '../../ui/Icon.svelte';
import type { Health } from '../types';

export interface Told {
  tone: 'seal' | 'slate' | 'amber' | 'red' | 'grey';
  icon: IconName;
  label: string;
  details: string[];
  /** How far a scan is; without `max` nobody knows yet how long it will be. */
  progress?: { value: number; max: number | undefined };
}

export function tell(health: Health | null, nowMs: number): Told {
  if (!health) return { tone: 'grey', icon: 'wait', label: 'Starting', details: [] };
  const told = toldState(health, nowMs);
  return { ...told, details: [...told.details, ...totals(health)].filter(Boolean) };
}

function toldState(health: Health, nowMs: number): Told {
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
    case 'up_to_date':
      return {
        tone: 'seal',
        icon: 'ok',
        label: 'Up to date',
        details: [lastChange(health, nowMs)],
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

function scanning(health: Health & { state: 'scanning' }): Told {
  const { seen, recorded, total } = health;
  const details = [
    total === null
      ? `${count(recorded)} recorded of ${count(seen)} seen so far`
      : `${count(recorded)} of ${counted(total, 'file')}`,
  ];
  const progress = { value: recorded, max: total ?? undefined };
  return { tone: 'slate', icon: 'renew', label: 'Scanning', details, progress };
}

function lastChange(health: Health, nowMs: number): string {
  const at = health.last_change_seen;
  return at ? `Last change seen ${ago(at, nowMs)}` : 'No change seen yet';
}

/** Whether anything can be done with it at Dropbox. */
export function isConnected(health: Health | null): boolean {
  return health?.state !== 'disconnected';
}

function totals(health: Health): string[] {
  if (health.state === 'choosing_folders') return [];
  const missed =
    health.not_recorded > 0 ? `${counted(health.not_recorded, 'file')} not recorded` : '';
  const gone = health.missing_folders.map((path) => `Not in Dropbox at the moment: ${path}`);
  return [counted(health.documents, 'document'), missed, ...gone];
}

function countdown(until: string, nowMs: number): string {
  const seconds = (Date.parse(until) - nowMs) / 1000;
  return seconds > 0 ? `, in ${duration(seconds)}` : '';
}

function fullStop(sentence: string): string {
  return /[.!?…]$/.test(sentence) ? sentence : `${sentence}.`;
}
