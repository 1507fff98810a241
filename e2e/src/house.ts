// What most files of tests begin with: an instance over a few files, and its owner signed in.
import { afterAll } from 'vitest';
import * as admin from './admin.ts';
import { launch, Visitor } from './browser.ts';
import { Instance, type Files } from './instance.ts';

/** For the file of tests that asks, with settings of its own; all of it is gone after its last test. */
export async function signedIn(files: Files, settings: Record<string, string> = {}) {
  const browser = await launch();
  afterAll(() => browser.close());
  const instance = await Instance.start(files, settings);
  afterAll(() => instance.stop());
  const owner = await Visitor.arrive(browser);
  await admin.signIn(owner.page, instance);
  return { browser, instance, owner, page: owner.page };
}
