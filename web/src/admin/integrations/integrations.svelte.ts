// The integrations of this tenancy, kept current by the live stream.

import { api, sentence } from '../api';
import { live } from '../live.svelte';
import type { Integration } from '../types';

export class Integrations {
  /** Undefined until they are known. */
  all: Integration[] | undefined = $state.raw();
  problem = $state('');

  /** Loads, and follows the changes; returns how to stop. */
  follow(): () => void {
    void this.load();
    return live.listen({
      integration: (integration) => this.put(integration),
      integrationGone: (gone) => {
        this.all = this.all?.filter(({ identity }) => identity !== gone);
      },
      refresh: () => void this.load(),
    });
  }

  async load(): Promise<void> {
    try {
      this.all = await api.integrations();
      this.problem = '';
    } catch (error) {
      this.problem = sentence(error);
    }
  }

  put(integration: Integration): void {
    const others = this.all ?? [];
    const index = others.findIndex(({ identity }) => identity === integration.identity);
    this.all = index < 0 ? [...others, integration] : others.with(index, integration);
  }

  find(identity: string | null): Integration | undefined {
    return this.all?.find((integration) => integration.identity === identity);
  }
}
