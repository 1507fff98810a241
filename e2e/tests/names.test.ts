// Files whose names are made of HTML, of marks that turn the direction of writing, and of emoji:
// they are shown as text to their owner, to nobody else, and break nothing.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { assertAccessible } from '../src/accessibility.ts';
import * as admin from '../src/admin.ts';
import { launch, Visitor } from '../src/browser.ts';
import { check } from '../src/instaproof.ts';
import { Instance } from '../src/instance.ts';

const FOLDER = '<b onmouseover=alert(1)>bold & "quoted"';
const NAMES = [
  '<img src=x onerror=alert(1)>.txt',
  'invoice\u202efdp.exe',
  '\u05d7\u05d5\u05d6\u05d4 2026.txt',
  '🎉 Zoë’s 👩‍👩‍👧 party.txt',
  `' or 1=1; -- & &amp; %2e%2e.txt`,
];

let browser: Browser;
let instance: Instance;
let owner: Visitor;

beforeAll(async () => {
  browser = await launch();
  const files = NAMES.map((name, index) => [`${FOLDER}/${name}`, `content ${index}`]);
  instance = await Instance.start(Object.fromEntries(files));
  owner = await Visitor.arrive(browser);
  owner.page.on('dialog', (dialog) => owner.complaints.push(`a dialog said ${dialog.message()}`));
});

afterAll(async () => {
  await browser?.close();
  await instance?.stop();
});

test('their owner reads them as they are', async () => {
  const { page } = owner;
  await admin.signIn(page, instance);
  await admin.connect(page);
  await admin.press(page, 'Connected to Dropbox', 'Continue');
  const tree = admin.dialog(page, 'Select a Dropbox folder');
  await tree.getByRole('treeitem', { name: FOLDER }).click();
  await assertAccessible(page, 'folders with strange names');
  await admin.press(page, 'Select a Dropbox folder', 'Continue');
  await admin.press(page, 'What will be public', 'Confirm');
  await admin.press(page, 'Integration successful!', 'Close');
  await admin.upToDate(page);
  await admin.open(page, 'Assets');
  for (const name of NAMES) {
    await admin.row(page, `/${FOLDER}/${name}`).getByText(name, { exact: true }).waitFor();
  }
  await assertAccessible(page, 'assets with strange names');
  await admin.openAsset(page, `/${FOLDER}/${NAMES[0]}`);
  await assertAccessible(page, 'asset with a strange name');
  owner.assertQuiet();
});

test('nobody else reads them', async () => {
  const asset = new URL(owner.page.url()).pathname.replace('/assets/', '/publicassets/');
  const html = await (await fetch(instance.url + asset)).text();
  expect(html).not.toMatch(/onerror|bold|img src=x/);
});

test('Instaproof shows the name of a file as text', async () => {
  const anybody = await Visitor.arrive(browser);
  await anybody.page.goto(instance.url);
  for (const name of NAMES) {
    const result = await check(anybody.page, instance.path(`${FOLDER}/${name}`));
    await result.getByText('Current version').waitFor();
    // What is scrolled out of sight has no inner text, being skipped by the browser.
    expect(await result.textContent()).toContain(name);
  }
  await assertAccessible(anybody.page, 'Instaproof with strange names');
  anybody.assertQuiet();
});
