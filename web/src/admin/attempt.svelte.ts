// One thing at a time that may fail: whether it is under way, and why the last one failed.
import { sentence } from './api';

export class Attempt {
  busy = $state(false);
  /** Empty when the last one succeeded. */
  problem = $state('');

  async run(what: () => Promise<unknown>): Promise<void> {
    this.busy = true;
    try {
      await what();
      this.problem = '';
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.busy = false;
    }
  }
}
