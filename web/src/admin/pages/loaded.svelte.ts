// Something that a page loads, loads again when events arrive, and may fail to get.

import { sentence } from '../api';

export class Loaded<T> {
  value: T | undefined = $state.raw();
  problem = $state('');

  constructor(private readonly get: () => Promise<T>) {
    void this.load();
  }

  async load(): Promise<void> {
    try {
      this.value = await this.get();
      this.problem = '';
    } catch (error) {
      this.problem = sentence(error);
    }
  }
}
