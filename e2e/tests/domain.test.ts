// A domain in the settings: claimed, not found, proved by a record in the DNS, shown to everybody, and
// given up.
import { afterAll, afterEach, expect, test } from 'vitest';
import { assertAccessible } from '../src/accessibility.ts';
import * as admin from '../src/admin.ts';
import { Visitor } from '../src/browser.ts';
import { signedIn } from '../src/house.ts';
import { NameServer } from '../src/name-server.ts';

const RECORD = '_proofbox-challenge.xn--bcher-kva.example';

const names = await NameServer.start();
afterAll(() => names.stop());
const { browser, instance, owner, page } = await signedIn(
  { 'Readme.txt': 'hello\n' },
  { PROOFBOX_NAME_SERVERS: names.address },
);
const visitor = await Visitor.arrive(browser);
let document = '';

afterEach(async ({ task }) => {
  await owner.picture(`domain ${task.name}`);
  owner.assertQuiet();
  visitor.assertQuiet();
});

test('a name that nobody controls alone is refused', async () => {
  await admin.linkEverything(page);
  document = await admin.openAsset(page, '/Readme.txt');
  await admin.open(page, 'Settings');
  await page.getByRole('link', { name: 'Domain' }).click();
  await page.getByLabel('Claim a domain').fill('co.uk');
  await page.keyboard.press('Enter');
  await page.getByText('nobody controls it alone').waitFor();
  owner.expectComplaint(/400/);
});

test('a claim shows both proofs, and is not verified before one is found', async () => {
  await page.getByLabel('Claim a domain').fill('Bücher.example');
  await page.keyboard.press('Enter');
  await page.getByText(RECORD, { exact: true }).waitFor();
  await page
    .getByText('https://xn--bcher-kva.example/.well-known/proofbox-challenge', { exact: true })
    .waitFor();
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByText(`There is no TXT record ${RECORD}`).waitFor();
  await page.getByText('Not verified yet').waitFor();
  await assertAccessible(page, 'domain claimed');
});

test('the record proves it, and everybody sees since when', async () => {
  names.say(
    RECORD,
    await page
      .getByText(/^proofbox-challenge=/)
      .first()
      .innerText(),
  );
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByText('Verified', { exact: true }).waitFor();
  await page.getByText('Verified by a record in its DNS').waitFor();
  await assertAccessible(page, 'domain verified');
  await visitor.page.goto(`${instance.url}/publicassets/${document}`);
  await visitor.page
    .getByRole('heading', { level: 1, name: 'published by xn--bcher-kva.example' })
    .waitFor();
  await visitor.page.getByText('verified that the publisher controls this domain').waitFor();
  expect(await visitor.page.getByText('not verified').count()).toBe(0);
  await assertAccessible(visitor.page, 'asset of a verified domain');
});

test('Instaproof names the domain', async () => {
  await visitor.page.goto(instance.url);
  const file = { name: 'copy.txt', mimeType: 'text/plain', buffer: Buffer.from('hello\n') };
  await visitor.page.getByLabel('Choose files').setInputFiles(file);
  await visitor.page.getByText('published by xn--bcher-kva.example').first().waitFor();
  await visitor.page.getByText('checked that the publisher controls').waitFor();
});

test('giving it up asks first, and keeps the history', async () => {
  await page.getByRole('button', { name: 'Give up' }).click();
  await admin.press(page, 'Give up this domain?', 'Give up');
  await page.getByLabel('Claim a domain').waitFor();
  await page.getByText('Given up').waitFor();
  await visitor.page.goto(`${instance.url}/publicassets/${document}`);
  await visitor.page.getByText('(name not verified)').waitFor();
});
