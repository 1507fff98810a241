// Who is signed in, and what this Proofbox is.

import { api } from './api';
import type { Me } from './types';

class Session {
  me: Me | undefined = $state.raw();

  async load(): Promise<void> {
    this.me = await api.me();
  }
}

export const session = new Session();
