// Steps of an integration, in words.

import { count, counted } from '../../format/amount';
import type { ActivityStep } from '../types';

const LABELS: Record<string, string> = {
  connected: 'Connected',
  disconnected: 'Disconnected',
  linked: 'Folders chosen',
  configured: 'Settings changed',
  paused: 'Paused',
  resumed: 'Resumed',
  asked: 'Asked to look now',
  listed_afresh: 'Listing everything again',
  recorded: 'Recorded',
  caught_up: 'Everything is recorded',
  waited: 'Waited for Dropbox',
  failed: 'Failed, to be tried again',
};

export function label(step: ActivityStep): string {
  return LABELS[step.what] ?? step.what;
}

/** What a step counted; empty where it counted nothing. */
export function counts(step: ActivityStep): string {
  const parts = [
    step.events > 0 ? counted(step.events, 'event') : '',
    step.gone > 0 ? `${count(step.gone)} gone` : '',
    step.not_recorded > 0 ? `${count(step.not_recorded)} not recorded` : '',
  ];
  return parts.filter(Boolean).join(' · ');
}
