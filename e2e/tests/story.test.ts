// The whole story, step by step, in one browser: from the one-time link to a disconnected Dropbox.
// Each step goes on where the one before ended, so the first that fails ends the file.
import { open as openFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { assertAccessible } from '../src/accessibility.ts';
import * as admin from '../src/admin.ts';
import { launch, Visitor } from '../src/browser.ts';
import { check } from '../src/instaproof.ts';
import { Instance } from '../src/instance.ts';
import { run } from '../src/process.ts';

const FILES = {
  'Contracts/2026/Lease.pdf': '%PDF-1.4 twelve months',
  'Contracts/2025/Old lease.pdf': '%PDF-1.4 eleven months',
  'Press/Statement.txt': 'The bridge stays open.\n',
  'Drafts/Secret plan.txt': 'not for anybody\n',
  'Readme.txt': 'hello\n',
};
/** What is linked: everything but the drafts. */
const LINKED = 4;
const BIG_BYTES = 3 * 1024 ** 3;

let browser: Browser;
let instance: Instance;
let owner: Visitor;
let anybody: Visitor;
let page: Page;
let broken = false;

/** Kept from step to step. */
let lease = '';
let receipt = '';

beforeAll(async () => {
  browser = await launch();
  instance = await Instance.start(FILES);
  owner = await Visitor.arrive(browser);
  anybody = await Visitor.arrive(browser);
  page = owner.page;
});

afterAll(async () => {
  await browser?.close();
  await instance?.stop();
});

beforeEach(({ skip }) => skip(broken, 'an earlier step failed'));

afterEach(async ({ task }) => {
  const visitors = [owner, anybody];
  if (task.result?.state === 'fail') {
    broken = true;
    await Promise.all(visitors.map((one, n) => one.picture(`${task.name} ${n}`)));
  }
  if (!broken) visitors.forEach((visitor) => visitor.assertQuiet());
});

describe('connecting', () => {
  test('a visitor without a session is told how to sign in', async () => {
    await page.goto(`${instance.url}/settings/integrations`);
    await page.getByText('proofbox sign-in-link').first().waitFor();
    await assertAccessible(page, 'sign-in');
  });

  test('the one-time link signs in, once', async () => {
    const link = await instance.signInLink();
    await page.goto(link);
    await assertAccessible(page, 'one-time link');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('**/settings/integrations');
    await page.getByText('No integrations yet.').waitFor();
    await assertAccessible(page, 'integrations, empty');
    const second = await anybody.context.request.post(link, { maxRedirects: 0 });
    expect(second.status()).toBeGreaterThanOrEqual(400);
  });

  test('a dialog says what the integration will do', async () => {
    await page.getByRole('button', { name: 'Connect' }).click();
    const dialog = admin.dialog(page, 'Integrate with Dropbox');
    await dialog.getByText('two permissions only').waitFor();
    await assertAccessible(page, 'connect dialog');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  test('Dropbox asks for exactly two permissions', async () => {
    await page.getByRole('button', { name: 'Connect' }).click();
    await admin.press(page, 'Integrate with Dropbox', 'Proceed');
    await page.waitForURL(`${instance.dropboxUrl}/**`);
    await assertAccessible(page, "Dropbox's sign-in");
    await admin.signInAtDropbox(page);
    await assertAccessible(page, "Dropbox's consent");
    expect(await page.getByRole('listitem').count()).toBe(2);
  });

  test('a cancelled consent connects nothing and says so', async () => {
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('alert').getByText('You cancelled at Dropbox').waitFor();
    await page.getByText('No integrations yet.').waitFor();
    await assertAccessible(page, 'integrations, denied');
  });

  test('the account is shown before anything else', async () => {
    await admin.connect(page);
    const dialog = admin.dialog(page, 'Connected to Dropbox');
    await dialog.getByText('Ada Example').waitFor();
    await dialog.getByText('ada@example.org').waitFor();
    await assertAccessible(page, 'account dialog');
    await admin.press(page, 'Connected to Dropbox', 'Continue');
  });

  test('folders are chosen by keyboard alone', async () => {
    const dialog = admin.dialog(page, 'Select a Dropbox folder');
    const item = (name: string) => dialog.getByRole('treeitem', { name, exact: true });
    const checked = (name: string) => item(name).getAttribute('aria-checked');
    await item('Drafts').waitFor();
    await item('All folders').focus();
    await page.keyboard.press('Space');
    expect(await checked('Drafts')).toBe('true');
    await page.keyboard.press('d');
    await page.keyboard.press('Space');
    expect(await checked('Drafts')).toBe('false');
    expect(await checked('All folders')).toBe('mixed');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowRight');
    await item('2026').waitFor();
    expect(await item('2026').getAttribute('aria-level')).toBe('3');
    expect(await checked('2026')).toBe('true');
    await assertAccessible(page, 'folder dialog');
    await admin.press(page, 'Select a Dropbox folder', 'Continue');
  });

  test('what becomes public is counted before it is confirmed', async () => {
    const dialog = admin.dialog(page, 'What will be public');
    await dialog.getByText(`${LINKED} files will have a public history, for ever.`).waitFor();
    await assertAccessible(page, 'preview dialog');
    await admin.press(page, 'What will be public', 'Confirm');
    await admin.dialog(page, 'Integration successful!').waitFor();
    await assertAccessible(page, 'success dialog');
    await admin.press(page, 'Integration successful!', 'Close');
  });

  test('the integration has a row with its state', async () => {
    await admin.upToDate(page);
    await page.getByText(`${LINKED} documents`).waitFor();
    await page.getByRole('columnheader', { name: 'Client ID' }).waitFor();
    await page.getByRole('button', { name: 'Copy the client ID' }).waitFor();
    for (const name of [/Edit the folders/, /Edit the name/, /Disconnect/, /new secret/]) {
      await page.getByRole('button', { name }).waitFor();
    }
    await assertAccessible(page, 'integrations');
  });

  test('its name can be edited and its secret renewed', async () => {
    await page.getByRole('button', { name: /Edit the name/ }).click();
    await page.getByLabel('Display name').fill('Publications');
    await assertAccessible(page, 'name dialog');
    await admin.press(page, 'Edit the name', 'Save');
    await page.getByText('Publications', { exact: true }).waitFor();
    await page.getByRole('button', { name: /new secret/ }).click();
    await admin.press(page, 'Make a new secret?', 'Make a new secret');
    await admin.dialog(page, 'Your new secret').waitFor();
    await assertAccessible(page, 'secret dialog');
    await admin.press(page, 'Your new secret', 'Done');
  });
});

describe('reading', () => {
  test('assets show masked names and, to their owner, the real ones', async () => {
    await admin.open(page, 'Assets');
    const row = admin.row(page, '/Contracts/2026/Lease.pdf');
    await row.getByText('xxx...').waitFor();
    await row.getByText('Merkle log').waitFor();
    expect(await page.getByText('Secret plan').count()).toBe(0);
    expect(await page.getByRole('row').count()).toBe(1 + LINKED);
    await assertAccessible(page, 'assets');
  });

  test('an asset shows its attributes and its history', async () => {
    lease = await admin.openAsset(page, '/Contracts/2026/Lease.pdf');
    await page.getByText('Document profile').waitFor();
    await admin.versions(page, 1);
    await assertAccessible(page, 'asset');
  });

  test('an event shows its hash, its three times and its place in the log', async () => {
    await page.getByRole('link', { name: 'Version 1', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Version 1' }).waitFor();
    for (const term of ['Dropbox says', 'Recorded here', 'Sealed in the log', 'Log index']) {
      await page.getByRole('term').filter({ hasText: term }).waitFor();
    }
    await assertAccessible(page, 'event');
  });

  test('the receipt is downloaded and proves the file offline', async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Save the proof' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/\.tlog-proof$/);
    receipt = instance.elsewhere('version-1.tlog-proof');
    await file.saveAs(receipt);
    const verified = await verify('Contracts/2026/Lease.pdf', '--receipt', receipt);
    expect(verified.out).toContain('published as version 1');
    expect(verified.code).toBe(0);
  });

  test('the public pages have no name and need no script', async () => {
    const reader = await Visitor.arrive(browser, { javaScriptEnabled: false });
    await reader.page.goto(`${instance.url}/publicassets/${lease}`);
    await reader.page.getByRole('heading', { level: 1 }).waitFor();
    const links = reader.page.getByRole('link', { name: /version 1/i });
    const asset = await reader.page.content();
    await links.first().click();
    const event = await reader.page.content();
    for (const html of [asset, event]) {
      expect(html).not.toMatch(/Lease|Contracts|ada@example|id:/);
      expect(html).toContain('xxx...');
    }
    reader.assertQuiet();
    await reader.context.close();
    await anybody.page.goto(`${instance.url}/publicassets/${lease}`);
    await assertAccessible(anybody.page, 'public asset');
    await anybody.page
      .getByRole('link', { name: /version 1/i })
      .first()
      .click();
    await assertAccessible(anybody.page, 'public event');
  });

  test('the log is there for everybody, and its entries lead to no document', async () => {
    const reader = await Visitor.arrive(browser, { javaScriptEnabled: false });
    await reader.page.goto(anybody.page.url());
    await reader.page.getByRole('link', { name: 'The log', exact: true }).click();
    await reader.page.getByText('No witness yet.').waitFor();
    await reader.page.getByLabel(/Number of the entry/).fill('1');
    await reader.page.getByRole('button', { name: 'Open' }).click();
    await reader.page.waitForURL('**/log/entry/1');
    await reader.page.getByRole('heading', { level: 1, name: /Entry 1 is an event/ }).waitFor();
    expect(await reader.page.content()).not.toMatch(/publicassets|Lease|Contracts|id:/);
    await reader.page.getByRole('link', { name: 'Previous entry' }).click();
    await reader.page.getByText('proofbox/policy/v1').waitFor();
    reader.assertQuiet();
    await reader.context.close();
    for (const path of ['/log', '/log/entry/0', '/log/entry/1']) {
      await anybody.page.goto(instance.url + path);
      await assertAccessible(anybody.page, path);
    }
  });
});

describe('changing files', () => {
  test('a saved file makes a Publish event, without touching the page', async () => {
    await writeFile(instance.elsewhere('version-1.pdf'), FILES['Contracts/2026/Lease.pdf']);
    lease = await admin.openAsset(page, '/Contracts/2026/Lease.pdf');
    await admin.versions(page, 1);
    await instance.save({ 'Contracts/2026/Lease.pdf': '%PDF-1.4 thirteen months' });
    await admin.versions(page, 2);
  });

  test('a new file in a new folder makes a new asset', async () => {
    await admin.open(page, 'Assets');
    await instance.save({ 'Press/2027/New year.txt': 'A good one!\n' });
    await admin.row(page, '/Press/2027/New year.txt').waitFor();
  });

  test('a rename and a move publish nothing', async () => {
    const before = await logSize();
    await instance.rename('Readme.txt', 'Welcome.txt');
    await admin.row(page, '/Welcome.txt').waitFor();
    await instance.rename('Welcome.txt', 'Press/Welcome.txt');
    await admin.row(page, '/Press/Welcome.txt').waitFor();
    expect(await logSize()).toBe(before);
    await assertAccessible(page, 'assets after changes');
  });

  test('a document is found by its private name', async () => {
    await page.getByRole('searchbox').fill('welcome');
    await page.getByRole('status').filter({ hasText: '1 to 1' }).waitFor();
    expect(await page.getByRole('row').count()).toBe(2);
    await page.getByRole('searchbox').fill('');
  });

  test('a folder that is no longer linked is left alone, and its history stays', async () => {
    await admin.open(page, 'Settings');
    await page.getByRole('link', { name: 'Integrations' }).click();
    await page.getByRole('button', { name: /Edit the folders/ }).click();
    const tree = admin.dialog(page, 'Select a Dropbox folder');
    const press = tree.getByRole('treeitem', { name: 'Press', exact: true });
    const drafts = tree.getByRole('treeitem', { name: 'Drafts', exact: true });
    await press.waitFor();
    expect(await drafts.getAttribute('aria-checked')).toBe('false');
    await press.click();
    await admin.press(page, 'Select a Dropbox folder', 'Continue');
    await admin.press(page, 'What will be public', 'Confirm');
    await admin.press(page, 'Integration successful!', 'Close');
    await admin.upToDate(page);
    await instance.save({ 'Press/Statement.txt': 'The bridge is closed.\n' });
    await instance.save({ 'Contracts/2025/Old lease.pdf': '%PDF-1.4 ten months' });
    await admin.openAsset(page, '/Contracts/2025/Old lease.pdf');
    await admin.versions(page, 2);
    await admin.openAsset(page, '/Press/Statement.txt');
    await admin.versions(page, 1);
  });
});

describe('Instaproof', () => {
  test('greets with a choice of files', async () => {
    await anybody.page.goto(instance.url);
    await anybody.page.getByRole('heading', { name: 'Is this the real file?' }).waitFor();
    await assertAccessible(anybody.page, 'Instaproof');
  });

  test('says that a file is the current version', async () => {
    const sent: string[] = [];
    anybody.page.on('request', (request) => sent.push(request.method() + request.url()));
    const result = await check(anybody.page, instance.path('Contracts/2026/Lease.pdf'));
    await result.getByText('Current version').waitFor();
    await result.getByText('This is version 2 of 2').waitFor();
    await assertAccessible(anybody.page, 'Instaproof, current');
    const asked = sent.filter((request) => !request.includes('/static/'));
    const lookup = /^GET[^?]+\/api\/lookup(\?bits=\d+&prefix=[0-9a-f]*)?$/;
    expect(asked.filter((request) => !lookup.test(request))).toEqual([]);
  });

  test('says that a file is superseded, and links to what is newer', async () => {
    const result = await check(anybody.page, instance.elsewhere('version-1.pdf'));
    await result.getByText('Authentic, not the latest').waitFor();
    await result.getByText('This is version 1 of 2').waitFor();
    await assertAccessible(anybody.page, 'Instaproof, superseded');
    await result.getByRole('link', { name: 'What changed since' }).click();
    await anybody.page.waitForURL(`**/publicassets/${lease}`);
  });

  test('says without alarm that a file is not found', async () => {
    await writeFile(instance.elsewhere('unknown.txt'), 'nobody has published this');
    await anybody.page.goto(instance.url);
    const result = await check(anybody.page, instance.elsewhere('unknown.txt'));
    await result.getByText('Not found', { exact: true }).waitFor();
    await result.getByText('That proves nothing by itself.').waitFor();
    await assertAccessible(anybody.page, 'Instaproof, not found');
  });

  test('shows real progress on a big file, and stops when cancelled', async () => {
    const big = instance.elsewhere('big.bin');
    const file = await openFile(big, 'w');
    await file.truncate(BIG_BYTES);
    await file.close();
    const result = await check(anybody.page, big);
    const progress = result.getByRole('progressbar');
    const value = async () => Number(await progress.getAttribute('value'));
    await expect.poll(value, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await value()).toBeLessThan(BIG_BYTES);
    await result.getByRole('button', { name: 'Cancel' }).click();
    await result.getByText('Cancelled.').waitFor();
    await assertAccessible(anybody.page, 'Instaproof, cancelled');
  });
});

describe('the command', () => {
  test('says with a server what Instaproof says', async () => {
    const server = ['--server', instance.url];
    const current = await run(['verify', instance.path('Contracts/2026/Lease.pdf'), ...server]);
    expect([current.code, current.out]).toEqual([0, expect.stringContaining('version 2 of 2')]);
    const old = await run(['verify', instance.elsewhere('version-1.pdf'), ...server]);
    expect([old.code, old.out]).toEqual([10, expect.stringContaining('version 1 of 2')]);
    const unknown = await run(['verify', instance.elsewhere('unknown.txt'), ...server]);
    expect(unknown.code).toBe(20);
  });

  test('holds the server to its proof when it is given the key', async () => {
    const { code, out } = await verify('Contracts/2026/Lease.pdf', '--server', instance.url);
    expect([code, out]).toEqual([0, expect.stringContaining('Proven here')]);
  });

  test('fails when the file is not the one of the receipt', async () => {
    const { code } = await verify('Contracts/2026/Lease.pdf', '--receipt', receipt);
    expect(code).toBe(30);
  });
});

describe('disconnecting', () => {
  test('warns, revokes at Dropbox and keeps what is published', async () => {
    await admin.open(page, 'Settings');
    await page.getByRole('link', { name: 'Integrations' }).click();
    await page.getByRole('button', { name: /^Disconnect/ }).click();
    const dialog = admin.dialog(page, 'Disconnect Dropbox folder');
    const apps = await dialog.getByRole('link', { name: 'connected apps' }).getAttribute('href');
    expect(apps).toBe(`${instance.dropboxUrl}/account/connected_apps`);
    await assertAccessible(page, 'disconnect dialog');
    await admin.press(page, 'Disconnect Dropbox folder', 'Disconnect');
    await page.getByText('Dropbox has taken the permission back').waitFor();
    await admin.press(page, 'Disconnected', 'Close');
    await page.getByText('You disconnected it').waitFor();
    await assertAccessible(page, 'integrations, disconnected');
    await anybody.page.goto(`${instance.url}/publicassets/${lease}`);
    await anybody.page
      .getByRole('link', { name: /version 2/i })
      .first()
      .waitFor();
  });

  test('reconnecting continues the same asset and fills the gap', async () => {
    await instance.save({ 'Contracts/2026/Lease.pdf': '%PDF-1.4 fourteen months' });
    await page.getByRole('button', { name: 'Reconnect' }).click();
    await admin.allowAtDropbox(page);
    await admin.dialog(page, 'Connected to Dropbox').waitFor();
    await page.keyboard.press('Escape');
    await admin.upToDate(page);
    expect(await admin.openAsset(page, '/Contracts/2026/Lease.pdf')).toBe(lease);
    await admin.versions(page, 3);
  });

  test('a disconnection on the side of Dropbox is noticed', async () => {
    await admin.open(page, 'Settings');
    await page.getByRole('link', { name: 'Integrations' }).click();
    await admin.upToDate(page);
    const dropbox = await owner.context.newPage();
    await dropbox.goto(`${instance.dropboxUrl}/account/connected_apps`);
    await assertAccessible(dropbox, "Dropbox's connected apps");
    await dropbox.getByRole('button', { name: /Disconnect/ }).click();
    await dropbox.getByText('is disconnected').waitFor();
    await dropbox.close();
    // The next change wakes Proofbox, which finds the door closed.
    await instance.save({ 'Readme.txt': 'hello again\n' });
    await page.getByText('It was disconnected at Dropbox').waitFor();
    await page.getByRole('button', { name: 'Reconnect' }).waitFor();
  });

  test('signing out ends the session', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.goto(`${instance.url}/assets`);
    await page.waitForURL('**/sign-in');
  });
});

async function logSize(): Promise<number> {
  const checkpoint = await (await fetch(`${instance.url}/log/checkpoint`)).text();
  return Number(checkpoint.split('\n')[1]);
}

async function verify(name: string, ...witness: string[]) {
  const key = await (await fetch(`${instance.url}/log/vkey`)).text();
  return run(['verify', instance.path(name), ...witness, '--key', key.trim()]);
}
