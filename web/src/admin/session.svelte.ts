// Who is signed in, and what this Proofbox is.

import { api } from './api';
import type { Me } from './types';

class Session {
  me: Me | undefined = $state.raw();

  /** Whether this is an administrator: others look, and are offered nothing that they may not do. */
  get manages(): boolean {
    return this.me?.user.role === 'administrator';
  }

  async load(): Promise<void> {
    this.me = await api.me();
  }
}

export const session = new Session();
