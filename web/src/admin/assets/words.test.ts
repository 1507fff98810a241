import { expect, it } from 'vitest';
import { folderOf } from './words';

it('a file lies in its folder, or at the top', () => {
  expect(folderOf('/Contracts/2026/Lease.pdf')).toBe('/Contracts/2026');
  expect(folderOf('/Readme.txt')).toBe('/');
});
