// One page of the asset list. It outlives the page, so that going back finds everything in place; a
// refresh replaces the rows and leaves the reader where they are.

import { api, sentence } from '../api';
import type { Asset } from '../types';

export const PAGE_SIZE = 50;
/** A scan makes thousands of events: the list is asked for once in this time at most. */
const REFRESH_EVERY_MS = 1000;

class AssetList {
  assets: Asset[] | undefined = $state.raw();
  total: number | undefined = $state();
  search = $state('');
  problem = $state('');
  /** The token of this page and of those before it; the first page has none. */
  #tokens: string[] = $state(['']);
  #next = $state('');
  #request = 0;
  #refreshing: ReturnType<typeof setTimeout> | undefined;

  get page(): number {
    return this.#tokens.length;
  }

  get hasNext(): boolean {
    return this.#next !== '';
  }

  find(search: string): void {
    [this.search, this.#tokens] = [search, ['']];
    void this.load();
  }

  next(): void {
    this.#tokens = [...this.#tokens, this.#next];
    void this.load();
  }

  previous(): void {
    this.#tokens = this.#tokens.slice(0, -1);
    void this.load();
  }

  refresh(): void {
    this.#refreshing ??= setTimeout(() => {
      this.#refreshing = undefined;
      void this.load();
    }, REFRESH_EVERY_MS);
  }

  /** Only the answer to the latest request counts. */
  async load(): Promise<void> {
    const request = ++this.#request;
    try {
      const page = await api.assets(this.search, this.#tokens.at(-1) ?? '', PAGE_SIZE);
      if (request !== this.#request) return;
      [this.assets, this.total, this.#next] = [page.assets, page.total, page.nextPageToken];
      this.problem = '';
    } catch (error) {
      if (request === this.#request) this.problem = sentence(error);
    }
  }
}

export const assetList = new AssetList();
