// Webhooks in the settings: adding one, a test, what was sent, and removing it.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { assertAccessible } from '../src/accessibility.ts';
import * as admin from '../src/admin.ts';
import { signedIn } from '../src/house.ts';

const { owner, page } = await signedIn({ 'Readme.txt': 'hello\n' });
let taker: Server;
let status = 204;
const types: string[] = [];

beforeAll(async () => {
  taker = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => (body += piece));
    request.on('end', () => {
      types.push((JSON.parse(body) as { type: string }).type);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((listening) => taker.listen(0, '127.0.0.1', listening));
});

afterAll(async () => {
  taker?.close();
});

afterEach(async ({ task }) => {
  await owner.picture(`webhooks ${task.name}`);
  owner.assertQuiet();
});

test('a webhook is added, and its secret is shown once', async () => {
  await page.getByRole('link', { name: 'Webhooks' }).click();
  await page.getByText('There is no webhook yet.').waitFor();
  const { port } = taker.address() as AddressInfo;
  await page.getByLabel('Add a webhook').fill(`http://127.0.0.1:${port}/`);
  await page.keyboard.press('Enter');
  await page.getByText(/^whsec_/).waitFor();
  await assertAccessible(page, 'webhooks');
  await page.getByRole('button', { name: 'Close this message' }).click();
  expect(await page.getByText(/^whsec_/).count()).toBe(0);
});

test('a test says whether messages arrive', async () => {
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText(/^Test: It arrived: 204/).waitFor();
  status = 500;
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText(/^Test: It answered with 500/).waitFor();
  status = 204;
});

test('events are delivered, listed, and sent once more', async () => {
  await page.getByRole('link', { name: 'Integrations' }).click();
  await admin.linkEverything(page);
  await expect.poll(() => types.at(-1), { timeout: 10_000 }).toBe('event.recorded');
  await page.getByRole('link', { name: 'Webhooks' }).click();
  await page.getByRole('button', { name: 'Deliveries' }).click();
  await page.getByRole('button', { name: 'Send once more: event 1' }).first().click();
  await page.getByText('Event 1, once more').waitFor();
  await assertAccessible(page, 'deliveries');
});

test('removing it asks first', async () => {
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await admin.press(page, 'Remove this webhook?', 'Remove');
  await page.getByText('There is no webhook yet.').waitFor();
});
