// Checkboxes from rules, for folders that were opened and for folders that never were.

import { expect, it } from 'vitest';
import type { Rule } from '../types';
import {
  checkedAt,
  decide,
  linkSomething,
  toggled,
  toldFolders,
  verdictAt,
  type Place,
} from './rules';

const root: Place = { id: '', path: '', parent: null };
const folder = (path: string, parent: Place): Place => ({ id: `id:${path}`, path, parent });
const contracts = folder('/Contracts', root);
const press = folder('/Press', root);
const releases = folder('/Press/Releases', press);
const may = folder('/Press/Releases/May', releases);
const drafts = folder('/Press/Drafts', press);

const include = ({ id, path }: Place): Rule => ({ folder: id, path, verdict: 'include' });
const exclude = ({ id, path }: Place): Rule => ({ folder: id, path, verdict: 'exclude' });

it('nothing is linked without a rule', () => {
  expect(verdictAt(may, [])).toBe('exclude');
  expect(checkedAt(root, [])).toBe('false');
  expect(linkSomething([])).toBe(false);
});

it('a rule decides for everything below it', () => {
  const rules = [include(press)];
  expect(checkedAt(may, rules)).toBe('true');
  expect(checkedAt(contracts, rules)).toBe('false');
});

it('the most specific rule wins', () => {
  const rules = [include(root), exclude(press), include(releases)];
  expect(verdictAt(may, rules)).toBe('include');
  expect(verdictAt(drafts, rules)).toBe('exclude');
  expect(verdictAt(contracts, rules)).toBe('include');
});

it('a folder is mixed because of a rule below it that was never loaded', () => {
  const rules = [include(may)];
  expect(checkedAt(press, rules)).toBe('mixed');
  expect(checkedAt(root, rules)).toBe('mixed');
  expect(checkedAt(drafts, rules)).toBe('false');
});

it('a folder with a similar beginning is not below', () => {
  expect(checkedAt(press, [include(folder('/Press archive', root))])).toBe('false');
});

it('paths are compared without case', () => {
  expect(checkedAt(press, [{ folder: 'id:x', path: '/PRESS/releases', verdict: 'include' }])).toBe(
    'mixed',
  );
});

it('a rule that changes nothing does not make its parents mixed', () => {
  expect(checkedAt(root, [include(root), include(press)])).toBe('true');
});

it('checking all folders and unchecking one leaves two rules', () => {
  const rules = toggled(press, toggled(root, []));
  expect(rules).toEqual([include(root), exclude(press)]);
  expect(checkedAt(root, rules)).toBe('mixed');
});

it('a mixed folder becomes whole, and what was decided below is forgotten', () => {
  const rules = toggled(press, [include(releases), exclude(may)]);
  expect(rules).toEqual([include(press)]);
  expect(checkedAt(may, rules)).toBe('true');
});

it('unchecking what its parent does not link leaves no rule', () => {
  expect(toggled(press, [include(press)])).toEqual([]);
  expect(decide(releases, 'include', [include(press), exclude(releases)])).toEqual([
    include(press),
  ]);
});

it('what is linked and what is left out is told in words', () => {
  expect(toldFolders([])).toBe('no folder linked');
  expect(toldFolders([include(press)])).toBe('1 folder linked');
  expect(toldFolders([include(root)])).toBe('all folders linked');
  expect(toldFolders([include(root), exclude(press)])).toBe('all folders linked, 1 left out');
});
