// The folder tree as somebody without a mouse uses it.

import { expect, it, vi } from 'vitest';
import { ApiError } from '../api';
import type { Folder } from '../types';
import { TreeKeyboard } from './keyboard';
import { FolderTree } from './tree.svelte';

const folder = (path: string): Folder => ({
  id: `id:${path}`,
  name: path.slice(path.lastIndexOf('/') + 1),
  path,
});
const FOLDERS: Record<string, Folder[]> = {
  '': ['/Press', '/Contracts', '/Private', '/Year 10', '/Year 9'].map(folder),
  'id:/Press': ['/Press/Releases', '/Press/Drafts'].map(folder),
};

async function opened() {
  const load = vi.fn((parent: string) => Promise.resolve(FOLDERS[parent] ?? []));
  const tree = new FolderTree(load, []);
  await tree.open(tree.root);
  const keyboard = new TreeKeyboard(tree);
  const press = async (...keys: string[]) => {
    for (const key of keys) {
      keyboard.press({ key, timeStamp: 10_000 } as KeyboardEvent);
      await vi.waitFor(() => expect(tree.active.loading).toBe(false));
    }
  };
  return { tree, load, press, names: () => tree.lines.map(({ folder }) => folder.name) };
}

it('lists folders in their natural order below all folders', async () => {
  const { names } = await opened();
  expect(names()).toEqual(['All folders', 'Contracts', 'Press', 'Private', 'Year 9', 'Year 10']);
});

it('arrows move, open, go in and come back', async () => {
  const { tree, press, names } = await opened();
  await press('ArrowDown', 'ArrowDown', 'ArrowRight');
  expect(names()).toContain('Drafts');
  await press('ArrowRight');
  expect(tree.active.name).toBe('Drafts');
  await press('ArrowLeft');
  expect(tree.active.name).toBe('Press');
  await press('ArrowLeft');
  expect(names()).not.toContain('Drafts');
});

it('Home and End jump, and the ends hold', async () => {
  const { tree, press } = await opened();
  await press('End', 'ArrowDown');
  expect(tree.active.name).toBe('Year 10');
  await press('Home', 'ArrowUp');
  expect(tree.active.name).toBe('All folders');
});

it('letters find the next name that begins with them', async () => {
  const { tree, press } = await opened();
  await press('p', 'r', 'i');
  expect(tree.active.name).toBe('Private');
});

it('Space and Enter check and uncheck', async () => {
  const { tree, press } = await opened();
  await press('ArrowDown', ' ');
  expect(tree.checked(tree.active)).toBe('true');
  expect(tree.checked(tree.root)).toBe('mixed');
  await press('Enter');
  expect(tree.rules).toEqual([]);
});

it('children are loaded once, and an empty folder cannot be opened again', async () => {
  const { tree, load, press } = await opened();
  await press('ArrowDown', 'ArrowRight');
  expect(tree.active.canOpen).toBe(false);
  await press('ArrowLeft', 'ArrowRight');
  expect(load.mock.calls.filter(([parent]) => parent === 'id:/Contracts')).toHaveLength(1);
});

it('a folder that does not load says why and is tried again', async () => {
  const { tree, load, press, names } = await opened();
  load.mockRejectedValueOnce(new ApiError('This folder is gone.', 'folder_gone', 409));
  await press('ArrowDown', 'ArrowDown', 'ArrowRight');
  expect(tree.active.problem).toBe('This folder is gone.');
  await press('ArrowRight');
  expect(tree.active.problem).toBe('');
  expect(names()).toContain('Drafts');
});
