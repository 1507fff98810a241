// Bad days at Dropbox's door, as a person meets them: each ends with words that say what to do.
import { afterEach, expect, test } from 'vitest';
import * as admin from '../src/admin.ts';
import { signedIn } from '../src/house.ts';

const { instance, owner, page } = await signedIn({ 'Readme.txt': 'hello\n' });

afterEach(() => owner.assertQuiet());

/** Comes back from Dropbox with these words. */
async function comeBack(query: string): Promise<void> {
  await page.goto(`${instance.url}/integrations/dropbox/callback?${query}`);
  await page.waitForURL('**/settings/integrations?problem=*');
}

test('a state that nobody started is not used', async () => {
  await comeBack('code=abc&state=somebody-elses');
  await page.getByRole('alert').getByText('was started somewhere else').waitFor();
});

test('a code that Dropbox does not know is refused', async () => {
  const state = await startedState();
  await comeBack(`code=wrong&state=${state}`);
  await page.getByRole('alert').getByText('did not accept the sign-in code').waitFor();
});

test('coming back a second time changes nothing', async () => {
  await page.goto(`${instance.url}/settings/integrations`);
  const callback = page.waitForRequest('**/integrations/dropbox/callback?**');
  await admin.connect(page);
  await comeBack(new URL((await callback).url()).search.slice(1));
  await page.getByRole('columnheader', { name: 'Client ID' }).waitFor();
  expect(await page.getByRole('row').count()).toBe(2);
});

test('a folder that vanishes while it is being linked is noticed', async () => {
  await instance.save({ 'Gone/soon.txt': 'soon' });
  await page.goto(`${instance.url}/settings/integrations`);
  await page.getByRole('button', { name: /Edit the folders/ }).click();
  const tree = admin.dialog(page, 'Select a Dropbox folder');
  await tree.getByRole('treeitem', { name: 'Gone' }).click();
  await admin.press(page, 'Select a Dropbox folder', 'Continue');
  await page.getByText('1 file will have a public history').waitFor();
  await instance.remove('Gone');
  await expect.poll(dropboxHome).not.toContain('Gone');
  await admin.press(page, 'What will be public', 'Confirm');
  await page.getByRole('alert').getByText('no longer in Dropbox').waitFor();
  owner.expectComplaint(/status of 409/);
});

/** What the sandbox says that it holds. */
async function dropboxHome(): Promise<string> {
  return (await fetch(instance.dropboxUrl)).text();
}

/** Starts a sign-in at Dropbox and leaves it there. */
async function startedState(): Promise<string> {
  await page.goto(`${instance.url}/settings/integrations`);
  await page.getByRole('button', { name: /^Connect/ }).click();
  const consent = page.waitForRequest(`${instance.dropboxUrl}/oauth2/authorize?**`);
  await admin.press(page, 'Integrate with Dropbox', 'Proceed');
  const state = new URL((await consent).url()).searchParams.get('state') ?? '';
  // Only a page that has arrived can be left: a way that is still under way would win over the next.
  await page.waitForURL(`${instance.dropboxUrl}/login?**`);
  return state;
}
