// Which folders are linked, as rules: a rule decides for its folder and for everything below that has
// no rule of its own, so that folders which nobody has opened, or which do not exist yet, are decided
// too. Pure: the tree of checkboxes is computed from the rules, never the other way round.

import { count, counted } from '../../format/amount';
import type { Rule, RuleVerdict } from '../types';

/** A folder and where it lies. */
export interface Place {
  /** Dropbox's id; empty for the root. */
  id: string;
  path: string;
  parent: Place | null;
}

export type Checked = 'true' | 'false' | 'mixed';

/** The most specific rule wins; without any, nothing is linked. */
export function verdictAt(place: Place | null, rules: Rule[]): RuleVerdict {
  for (let above = place; above; above = above.parent) {
    const id = above.id;
    const rule = rules.find((rule) => rule.folder === id);
    if (rule) return rule.verdict;
  }
  return 'exclude';
}

/** Mixed when something below is decided otherwise, loaded or not. */
export function checkedAt(place: Place, rules: Rule[]): Checked {
  const verdict = verdictAt(place, rules);
  if (rules.some((rule) => rule.verdict !== verdict && isBelow(rule, place))) return 'mixed';
  return verdict === 'include' ? 'true' : 'false';
}

/** Decides for a folder and all below it: the rules there are forgotten. */
export function decide(place: Place, verdict: RuleVerdict, rules: Rule[]): Rule[] {
  const others = rules.filter((rule) => rule.folder !== place.id && !isBelow(rule, place));
  if (verdictAt(place.parent, others) === verdict) return others;
  return [...others, { folder: place.id, path: place.path, verdict }];
}

/** A click on a checkbox: a mixed one becomes whole. */
export function toggled(place: Place, rules: Rule[]): Rule[] {
  return decide(place, checkedAt(place, rules) === 'true' ? 'exclude' : 'include', rules);
}

export function linkSomething(rules: Rule[]): boolean {
  return rules.some((rule) => rule.verdict === 'include');
}

/** How much is linked, in words. */
export function toldFolders(rules: Rule[]): string {
  const included = rules.filter((rule) => rule.verdict === 'include');
  if (included.length === 0) return 'no folder linked';
  const all = included.some((rule) => rule.folder === '');
  const linked = all ? 'all folders linked' : `${counted(included.length, 'folder')} linked`;
  const leftOut = rules.length - included.length;
  return leftOut === 0 ? linked : `${linked}, ${count(leftOut)} left out`;
}

/** By path and without case, as Dropbox compares paths. */
function isBelow(rule: Rule, place: Place): boolean {
  if (rule.folder === place.id) return false;
  if (place.id === '') return true;
  return rule.path.toLowerCase().startsWith(`${place.path.toLowerCase()}/`);
}
