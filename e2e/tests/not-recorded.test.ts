// What leaves no trace, and what is never left out in silence: an account that was the wrong one, and
// a cloud document, which has no content to record.
import { afterEach, expect, test } from 'vitest';
import { assertAccessible } from '../src/accessibility.ts';
import * as admin from '../src/admin.ts';
import { signedIn } from '../src/house.ts';

const { instance, owner, page } = await signedIn({
  'Readme.txt': 'hello\n',
  'Press/Notes.paper': 'a note\n',
});

afterEach(() => owner.assertQuiet());

test('an account that was the wrong one leaves no trace', async () => {
  await admin.connect(page);
  await admin.press(page, 'Connected to Dropbox', 'Use another account');
  await page.waitForURL(`${instance.dropboxUrl}/login?**`);
  await admin.signInAtDropbox(page);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('alert').getByText('You cancelled at Dropbox').waitFor();
  await page.getByText('No integrations yet.').waitFor();
});

test('disconnecting an account without a folder forgets it', async () => {
  await admin.connect(page);
  await page.keyboard.press('Escape');
  await page.getByText('no folder linked').waitFor();
  await page.getByRole('button', { name: /^Disconnect/ }).click();
  await admin.press(page, 'Disconnect Dropbox folder', 'Disconnect');
  await admin.dialog(page, 'Disconnected').getByText('nothing else is left').waitFor();
  await admin.press(page, 'Disconnected', 'Close');
  await page.getByText('No integrations yet.').waitFor();
});

test('what cannot be recorded is listed with its reason', async () => {
  await admin.linkEverything(page);
  await page.getByText('1 document ·').waitFor();
  const count = page.getByRole('button', { name: '1 file not recorded' });
  await count.click();
  const dialog = admin.dialog(page, 'Not recorded');
  await dialog.getByText('/Press/Notes.paper', { exact: true }).waitFor();
  await dialog.getByText('This is a cloud document').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  expect(await count.evaluate((button) => button === document.activeElement)).toBe(true);
});

test('the list follows what happens while it is open', async () => {
  await page.getByRole('button', { name: '1 file not recorded' }).click();
  const dialog = admin.dialog(page, 'Not recorded');
  const paths = dialog.getByRole('listitem');
  await instance.save({ 'Press/Budget.gsheet': 'cells\n' });
  await paths.getByText('/Press/Budget.gsheet', { exact: true }).waitFor();
  await assertAccessible(page, 'not recorded');
  expect(await paths.count()).toBe(2);
  await instance.remove('Press');
  await dialog.getByText('Everything in the linked folders is recorded.').waitFor();
  await admin.press(page, 'Not recorded', 'Close');
  expect(await page.getByText('not recorded').count()).toBe(0);
});
