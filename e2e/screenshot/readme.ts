// The picture of the README: Instaproof after two files were chosen, one of them an older version.
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import type { Browser } from 'playwright-core';
import * as admin from '../src/admin.ts';
import { launch, Visitor } from '../src/browser.ts';
import { Process } from '../src/process.ts';

const PICTURE = new URL('../../docs/images/instaproof.png', import.meta.url).pathname;
const STATEMENT = 'Press/2026-11 Statement on the harbour bridge.txt';
const REPORT = 'Contracts/2026/Pylon repair.pdf';

let browser: Browser;
let demo: Process;
let place: string;

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'proofbox-screenshot-'));
  const free = '127.0.0.1:0';
  demo = Process.start(['demo', '--data', place, '--listen', free, '--sandbox-listen', free]);
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await demo?.stop();
  await rm(place, { recursive: true, force: true });
});

test('two files on Instaproof', async () => {
  const [, url = ''] = await demo.line(/Proofbox is at (\S+)/);
  const [, link = ''] = await demo.line(/Sign in.*: (\S+)/);
  const file = (name: string) => join(place, 'files', name);
  const older = join(place, 'copy from an e-mail', 'Statement.txt');
  await mkdir(join(older, '..'));

  const { page } = await Visitor.arrive(browser);
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.goto(new URL('settings', url).href);
  await page.getByLabel('Name of your organisation').fill('Port of Lindholm');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  await page.getByRole('link', { name: 'Integrations' }).click();
  await admin.linkEverything(page);
  await copyFile(file(STATEMENT), older);
  await writeFile(file(STATEMENT), `${await readFile(older, 'utf8')}\nUpdated on Monday.\n`);
  await admin.openAsset(page, `/${STATEMENT}`);
  await admin.versions(page, 2);

  await page.setViewportSize({ width: 1120, height: 824 });
  await page.goto(url);
  await page.getByLabel('Choose files').setInputFiles([file(REPORT), older]);
  await page.getByText('Authentic, not the latest', { exact: true }).waitFor();
  await page.getByText('Current version', { exact: true }).waitFor();
  await page.screenshot({ path: PICTURE, animations: 'disabled' });
});
