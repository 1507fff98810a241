// The count before the commitment: how many files and bytes the rules would publish, streamed while
// Dropbox is being listed. It reads only.

import { ApiError, api, type Counted } from '../api';
import type { Preview, Rule } from '../types';

/** Calls `onCount` with each count; ends after the last one, which is `done`. */
export async function preview(
  integration: string,
  rules: Rule[],
  patterns: string[],
  onCount: (count: Preview) => void,
  signal: AbortSignal,
): Promise<void> {
  const stream = await api.preview(integration, rules, patterns, signal);
  let done = false;
  for await (const data of messages(stream)) {
    const count = JSON.parse(data) as Counted;
    if (count.error) throw new ApiError(count.error.message, count.error.code, 200);
    done = count.done;
    onCount(count);
  }
  if (!done) throw new ApiError('The counting was cut off. Try again.', 'cut_off', 200);
}

/** The data of each server-sent event; comments and other fields are skipped. */
export async function* messages(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string> {
  if (!body) return;
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream).getReader();
  let rest = '';
  try {
    for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
      const lines = (rest + (value as string)).split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('data:')) yield line.slice(5).trim();
    }
  } finally {
    void reader.cancel();
  }
}
