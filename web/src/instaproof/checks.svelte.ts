// The files of this page: checked one after another in the order they were chosen, and what was sent
// for them.

import { Lookup } from '../lookup/ask';
import type { Chosen } from './chosen';
import { Check } from './check.svelte';

export class Checks {
  all: Check[] = $state([]);
  /** Every request that left this computer, the latest last. */
  sent: string[] = $state([]);
  #lookup = new Lookup((request) => this.sent.push(request));
  #running = false;

  add(chosen: Chosen[]): void {
    this.all.push(...chosen.map(({ file, name }) => new Check(file, name)));
    void this.#run();
  }

  again(check: Check): void {
    check.again();
    void this.#run();
  }

  clear(): void {
    for (const check of this.all) check.cancel();
    this.all = [];
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let next = this.#next(); next; next = this.#next()) await next.run(this.#lookup);
    this.#running = false;
  }

  #next(): Check | undefined {
    return this.all.find((check) => check.phase === 'waiting');
  }
}
