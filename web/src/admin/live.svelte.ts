// What the server pushes: integrations as they change, and that there are new events. When the
// stream is cut, the pages ask every few seconds instead, and say so.

import type { Integration } from './types';

const POLL_EVERY_MS = 5_000;
const REOPEN_AFTER_MS = 5_000;
/** Streams end now and then by design; only a gap longer than this is worth a word. */
const GAP_SILENT_MS = 4_000;

interface Listener {
  /** An integration has changed. */
  integration?: (integration: Integration) => void;
  /** An integration was forgotten. */
  integrationGone?: (identity: string) => void;
  /** There are new events, or nobody can tell: look again. */
  refresh?: () => void;
}

class Live {
  /** False while the stream is cut; what the pages show may then be a few seconds old. */
  connected = $state(true);
  #listeners = new Set<Listener>();
  #gap: ReturnType<typeof setTimeout> | undefined;
  #polling: ReturnType<typeof setInterval> | undefined;

  /** Called once, by the shell. */
  start(): void {
    const source = new EventSource('/api/live');
    source.addEventListener('open', () => this.#opened());
    source.addEventListener('error', () => this.#cut(source));
    source.addEventListener('integration', ({ data }: MessageEvent<string>) => {
      const integration = JSON.parse(data) as Integration;
      for (const listener of this.#listeners) listener.integration?.(integration);
    });
    source.addEventListener('integration_gone', ({ data }: MessageEvent<string>) => {
      const { identity } = JSON.parse(data) as { identity: string };
      for (const listener of this.#listeners) listener.integrationGone?.(identity);
    });
    source.addEventListener('assets', () => this.#refresh());
  }

  /** Returns how to stop listening, as an effect expects it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #opened(): void {
    const missed = this.#gap !== undefined;
    this.connected = true;
    clearTimeout(this.#gap);
    clearInterval(this.#polling);
    this.#gap = this.#polling = undefined;
    if (missed) this.#refresh();
  }

  /** The browser reconnects by itself, unless the server refused: then we do, a little later. */
  #cut(source: EventSource): void {
    this.#gap ??= setTimeout(() => (this.connected = false), GAP_SILENT_MS);
    this.#polling ??= setInterval(() => this.#refresh(), POLL_EVERY_MS);
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => this.start(), REOPEN_AFTER_MS);
  }

  #refresh(): void {
    for (const listener of this.#listeners) listener.refresh?.();
  }
}

export const live = new Live();
