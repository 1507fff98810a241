// What an owner does in the administration pages and at Dropbox, by the names that a person reads.
import { expect } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import type { Instance } from './instance.ts';

export async function signIn(page: Page, instance: Instance): Promise<void> {
  await page.goto(await instance.signInLink());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/settings/integrations');
}

/** From the settings to Dropbox's consent page. */
export async function goToConsent(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Connect/ }).click();
  await dialog(page, 'Integrate with Dropbox').getByRole('button', { name: 'Proceed' }).click();
  await signInAtDropbox(page);
}

/** The button of Dropbox's consent page, which is not "Allow at Dropbox" on our own. */
const allow = (page: Page) => page.getByRole('button', { name: 'Allow', exact: true });

/** Passes Dropbox's sign-in page, where there is one. */
export async function signInAtDropbox(page: Page): Promise<void> {
  const enter = page.getByRole('button', { name: /sign in|log in|continue/i }).first();
  await allow(page).or(enter).first().waitFor();
  if (await allow(page).isVisible()) return;
  await enter.click();
  await allow(page).waitFor();
}

/** Signs in at Dropbox, where it asks for that, and allows what is asked. */
export async function allowAtDropbox(page: Page): Promise<void> {
  await signInAtDropbox(page);
  await allow(page).click();
}

/** Connects the account and stops at the dialog that says whose it is. */
export async function connect(page: Page): Promise<void> {
  await goToConsent(page);
  await allow(page).click();
  await dialog(page, 'Connected to Dropbox').waitFor();
}

/** Connects and links everything. */
export async function linkEverything(page: Page): Promise<void> {
  await connect(page);
  await press(page, 'Connected to Dropbox', 'Continue');
  const tree = dialog(page, 'Select a Dropbox folder');
  await tree.getByRole('treeitem', { name: 'All folders' }).click();
  await press(page, 'Select a Dropbox folder', 'Continue');
  await press(page, 'What will be public', 'Confirm');
  await press(page, 'Integration successful!', 'Close');
  await upToDate(page);
}

export async function upToDate(page: Page): Promise<void> {
  await page.getByText('Up to date').waitFor();
}

export function dialog(page: Page, title: string): Locator {
  return page.getByRole('dialog', { name: title });
}

export async function press(page: Page, title: string, button: string): Promise<void> {
  // The cross in the corner says "Close" too; the button of the words stands below.
  await dialog(page, title).getByRole('button', { name: button, exact: true }).last().click();
}

/** Goes to a page of the administration by the navigation. */
export async function open(page: Page, name: 'Assets' | 'Settings'): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** The row of the document with this private path. */
export function row(page: Page, path: string): Locator {
  const slash = path.lastIndexOf('/');
  const [folder, name] = [path.slice(0, slash) || '/', path.slice(slash + 1)];
  const rows = page.getByRole('row').filter({ has: page.getByText(name, { exact: true }) });
  return rows.filter({ has: page.getByText(folder, { exact: true }) });
}

/** Opens a document and returns its UUID. */
export async function openAsset(page: Page, path: string): Promise<string> {
  await open(page, 'Assets');
  await row(page, path).getByRole('link').click();
  await page.waitForURL(/\/assets\/[0-9a-f-]{36}$/);
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

/** Waits until the page, left alone, shows this many versions in the trail. */
export async function versions(page: Page, count: number): Promise<void> {
  const links = page.getByRole('link', { name: /^Version \d+$/ });
  await expect.poll(() => links.count(), { timeout: 10_000 }).toBe(count);
}
