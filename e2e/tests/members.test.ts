// Members in the settings: inviting, what a member is offered, promoting, removing and letting in again.
import { afterEach, expect, test } from 'vitest';
import { assertAccessible } from '../src/accessibility.ts';
import * as admin from '../src/admin.ts';
import { Visitor } from '../src/browser.ts';
import { signedIn } from '../src/house.ts';

const { browser, owner, page } = await signedIn({ 'Readme.txt': 'hello\n' });
const grace = await Visitor.arrive(browser);
const line = (name: string) => page.getByRole('listitem').filter({ hasText: name });

/** The link that the page shows once. */
const madeLink = async () =>
  (await page.getByText(/^http:.*\/(join|sign-in)\//).textContent()) ?? '';

afterEach(async ({ task }) => {
  await owner.picture(`members ${task.name}`);
  await grace.picture(`members ${task.name}, the member`);
  owner.assertQuiet();
  grace.assertQuiet();
});

test('a link for somebody new is shown once', async () => {
  await page.getByRole('link', { name: 'Members' }).click();
  await line('Administrator').getByText('you', { exact: true }).waitFor();
  await page.getByLabel('Name').fill('Grace');
  await page.getByLabel('E-mail address').fill('grace@example.org');
  await page.keyboard.press('Enter');
  expect(await madeLink()).toContain('/join/');
  await line('grace@example.org')
    .getByText(/as member, until/)
    .waitFor();
  await assertAccessible(page, 'members');
});

test('the one who was invited joins, and is offered what a member may do', async () => {
  await grace.page.goto(await madeLink());
  await assertAccessible(grace.page, 'joining');
  await grace.page.getByRole('button', { name: 'Join' }).click();
  await grace.page.getByRole('heading', { level: 1, name: 'Assets' }).waitFor();
  expect(await grace.page.getByRole('link', { name: 'Register document' }).count()).toBe(0);
  await admin.open(grace.page, 'Settings');
  const settings = grace.page.getByRole('navigation', { name: 'Settings' });
  await expect
    .poll(() => settings.getByRole('link').allTextContents())
    .toEqual(['General', 'Integrations']);
  await grace.page.getByText('No integrations yet.').waitFor();
  expect(await grace.page.getByRole('button', { name: /^Connect/ }).count()).toBe(0);
  await settings.getByRole('link', { name: 'General' }).click();
  await grace.page.getByLabel('Name of your organisation').waitFor();
  expect(await grace.page.getByRole('button', { name: 'Save' }).count()).toBe(0);
  await assertAccessible(grace.page, 'settings of a member');
});

test('a member becomes an administrator, and one again', async () => {
  await page.reload();
  await page.getByRole('button', { name: 'Make an administrator: Grace' }).click();
  await page.getByRole('button', { name: 'Make a member: Grace' }).waitFor();
  await grace.page.reload();
  await grace.page.getByRole('link', { name: 'Members' }).click();
  await grace.page.getByText('grace@example.org').waitFor();
  await page.getByRole('button', { name: 'Make a member: Grace' }).click();
  await page.getByRole('button', { name: 'Make an administrator: Grace' }).waitFor();
});

test('the last administrator stays', async () => {
  await page.getByRole('button', { name: 'Remove Administrator' }).click();
  await admin.press(page, 'Remove yourself?', 'Remove');
  await admin
    .dialog(page, 'Remove yourself?')
    .getByText(/last administrator/)
    .waitFor();
  owner.expectComplaint(/409/);
  await assertAccessible(page, 'removing oneself');
  await admin.press(page, 'Remove yourself?', 'Cancel');
});

test('a member that is removed is out at once', async () => {
  await page.getByRole('button', { name: 'Remove Grace' }).click();
  await admin.press(page, 'Remove this member?', 'Remove');
  await page.getByRole('heading', { name: 'Removed' }).waitFor();
  await grace.page.goto(new URL('/assets', page.url()).href);
  await grace.page.waitForURL('**/sign-in');
  grace.complaints.length = 0; // its live stream ended, which the browser may say
});

test('a member that is let in again signs in with a new link', async () => {
  await page.getByRole('button', { name: 'Let in again: Grace' }).click();
  await page.getByRole('button', { name: 'Sign-in link for Grace' }).click();
  await page.getByText(/within 15 minutes/).waitFor();
  await grace.page.goto(await madeLink());
  await grace.page.getByRole('button', { name: 'Sign in' }).click();
  await grace.page.getByRole('navigation', { name: 'Main' }).waitFor();
});

test('an invitation is taken back', async () => {
  await page.getByLabel('Name').fill('Ada');
  await page.getByLabel('E-mail address').fill('ada@example.org');
  await page.getByRole('button', { name: 'Make an invitation' }).click();
  await expect.poll(madeLink).toContain('/join/');
  const link = await madeLink();
  await page.getByRole('button', { name: 'Take back the invitation of Ada' }).click();
  await page.getByRole('heading', { name: 'Invited' }).waitFor({ state: 'detached' });
  await grace.page.goto(link);
  await grace.page.getByText(/was taken back/).waitFor();
  grace.expectComplaint(/410/);
});
