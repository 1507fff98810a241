// What anybody does on the Instaproof page.
import type { Locator, Page } from 'playwright-core';

/** Chooses files and returns the first one's result. */
export async function check(page: Page, ...paths: string[]): Promise<Locator> {
  await page.getByLabel('Choose files').setInputFiles(paths);
  return page.getByRole('article').last();
}
