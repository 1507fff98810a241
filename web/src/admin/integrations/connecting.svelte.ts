// The way to Dropbox's sign-in: asks for its address and goes there.

import { api, sentence } from '../api';
import type { WayToDropbox } from '../types';

export class Connecting {
  busy = $state(false);
  problem = $state('');

  async go(way: WayToDropbox): Promise<void> {
    this.busy = true;
    this.problem = '';
    try {
      const { authorize_url } = await api.connectDropbox(way);
      location.assign(authorize_url);
    } catch (error) {
      this.problem = sentence(error);
      this.busy = false;
    }
  }
}
