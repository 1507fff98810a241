// A list that is read page by page: what was read so far, and whether there is more.

import { sentence } from './api';

/** One page, and the token of the next one, which is empty after the last. */
export type Page<T> = readonly [items: T[], nextPageToken: string];

export class Paged<T> {
  /** Absent until the first page is there. */
  items: T[] | undefined = $state.raw();
  /** Why the last page did not come; empty when it did. */
  problem = $state('');
  busy = $state(false);
  #nextPageToken = $state('');

  constructor(private readonly ask: (pageToken: string) => Promise<Page<T>>) {}

  get hasMore(): boolean {
    return this.#nextPageToken !== '';
  }

  /** Reads from the beginning, and forgets what was there when that has come. */
  async read(): Promise<void> {
    await this.#read('', []);
  }

  /** Adds the next page. */
  async more(): Promise<void> {
    await this.#read(this.#nextPageToken, this.items ?? []);
  }

  async #read(pageToken: string, before: T[]): Promise<void> {
    this.busy = true;
    try {
      const [items, nextPageToken] = await this.ask(pageToken);
      this.items = [...before, ...items];
      [this.#nextPageToken, this.problem] = [nextPageToken, ''];
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.busy = false;
    }
  }
}
