// Registering a document without Dropbox, and the API as a page.
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { assertAccessible } from '../src/accessibility.ts';
import * as admin from '../src/admin.ts';
import { Visitor } from '../src/browser.ts';
import { signedIn } from '../src/house.ts';
import { check } from '../src/instaproof.ts';

const { browser, instance, owner, page } = await signedIn({});
let file: string;

beforeAll(async () => {
  file = instance.elsewhere('Press statement.txt');
  await writeFile(file, 'The bridge opens on Monday.\n');
});

afterEach(async ({ task }) => {
  await owner.picture(`register ${task.name}`);
  owner.assertQuiet();
});

test('a file is fingerprinted in the browser, and nothing of it is sent', async () => {
  await admin.open(page, 'Assets');
  await page.getByRole('link', { name: 'Register document' }).click();
  await page.getByRole('heading', { level: 1, name: 'Register document' }).waitFor();
  const sent: string[] = [];
  page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
  await page.getByLabel('Choose a file').setInputFiles(file);
  await page.getByText('SHA-256').waitFor();
  expect(sent.join('\n')).not.toMatch(/Press statement|bridge/);
});

test('an attribute that cannot be is told before anything is published', async () => {
  await page.getByRole('button', { name: 'Add an attribute' }).press('Enter');
  await page.keyboard.type('document_hash_value');
  await page.getByText('Proofbox sets this one itself.').waitFor();
  expect(await page.getByRole('button', { name: 'Publish' }).isDisabled()).toBe(true);
  await assertAccessible(page, 'register');
  await page.getByLabel('Name of attribute 1').fill('kind');
  await page.keyboard.press('Tab');
  await page.keyboard.type('press release');
});

test('publishing leads to its page and its history', async () => {
  await page.getByRole('button', { name: 'Publish' }).press('Enter');
  await page.getByText('The document is registered').waitFor();
  await assertAccessible(page, 'registered');
  const address = await page.getByRole('link', { name: /\/publicassets\// }).innerText();
  const visitor = await Visitor.arrive(browser);
  await visitor.page.goto(address);
  await visitor.page.getByText('xxx...').first().waitFor();
  await visitor.page.goto(instance.url);
  const card = await check(visitor.page, file);
  await card
    .getByText(/version 1 of 1|current/i)
    .first()
    .waitFor();
  visitor.assertQuiet();
  await visitor.context.close();
  await page.getByRole('link', { name: 'See its history' }).click();
  await page.getByText('press release').first().waitFor();
});

test('the same file again leads to what is there', async () => {
  await page.goto(`${instance.url}/assets/register`);
  await page.getByLabel('Choose a file').setInputFiles(file);
  await page.getByText('This file is registered already').waitFor();
  expect(await page.getByRole('button', { name: 'Publish' }).isDisabled()).toBe(true);
});

test('the API is a page that anybody can read', async () => {
  await page.goto(`${instance.url}/api`);
  const operation = page.getByRole('group').filter({ hasText: 'Register an asset' }).first();
  await operation.locator('summary').press('Enter');
  await operation.getByRole('link', { name: 'AssetToRegister' }).waitFor();
  await assertAccessible(page, 'the API');
});
