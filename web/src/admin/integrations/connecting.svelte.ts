// The way to Dropbox's sign-in: asks for its address and goes there.

import { api, sentence } from '../api';

export class Connecting {
  busy = $state(false);
  problem = $state('');

  /** `otherAccount`: Dropbox asks again who it is, instead of taking whoever is signed in there. */
  async go(otherAccount: boolean): Promise<void> {
    this.busy = true;
    this.problem = '';
    try {
      const { authorize_url } = await api.connectDropbox(otherAccount);
      location.assign(authorize_url);
    } catch (error) {
      this.problem = sentence(error);
      this.busy = false;
    }
  }
}
