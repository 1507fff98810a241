// SHA-256 of whole files: switched on by the keyboard alone, allowed at Dropbox, and found afterwards.
import { createHash } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { assertAccessible } from '../src/accessibility.ts';
import * as admin from '../src/admin.ts';
import { signedIn } from '../src/house.ts';

const { instance, owner, page } = await signedIn({ 'Readme.txt': 'hello\n' });

afterEach(() => owner.assertQuiet());

const sha256 = () => page.getByRole('radio', { name: /SHA-256/ });

test('SHA-256 is switched on by the keyboard and takes a consent of its own', async () => {
  await admin.linkEverything(page);
  await page.locator('a[href^="/settings/integrations/"]').first().click();
  await sha256().focus();
  await page.keyboard.press('Space');
  const allow = page.getByRole('button', { name: 'Allow at Dropbox' });
  await allow.waitFor();
  await assertAccessible(page, 'SHA-256 chosen, not yet allowed');
  await page.keyboard.press('Tab');
  await expect.poll(() => allow.evaluate((button) => button === document.activeElement)).toBe(true);
  await page.keyboard.press('Enter');
  await admin.allowAtDropbox(page);
  await page.waitForURL(/\/settings\/integrations\/[0-9a-f-]{36}$/);
  await sha256().waitFor();
  expect(await sha256().isChecked()).toBe(true);
  await assertAccessible(page, 'SHA-256 switched on');
});

test('a version that is saved then is found by its SHA-256', async () => {
  const content = 'saved afterwards\n';
  await instance.save({ 'New.txt': content });
  const hash = createHash('sha256').update(content).digest('hex');
  const path = `/archivist/v2/assets?attributes.document_hash_value=${hash}`;
  const found = () =>
    page.evaluate(async (path) => {
      const { assets } = (await (await fetch(path)).json()) as { assets: unknown[] };
      return assets.length;
    }, path);
  await expect.poll(found, { timeout: 10_000 }).toBe(1);
});
