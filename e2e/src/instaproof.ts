// What anybody does on the Instaproof page.
import { basename } from 'node:path';
import type { Locator, Page } from 'playwright-core';

/** Chooses a file and returns its result. */
export async function check(page: Page, path: string): Promise<Locator> {
  await page.getByLabel('Choose files').setInputFiles(path);
  return page.getByRole('article', { name: basename(path), exact: true }).last();
}
