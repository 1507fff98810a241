// Fails the build when a page outgrows its budget: the gzipped bytes of the page, of every script
// and style that it loads, and of the workers that those start.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

export function budget(bytesMax: Record<string, number>): Plugin {
  return {
    name: 'proofbox-budget',
    apply: 'build',
    enforce: 'post',
    writeBundle({ dir }, bundle) {
      if (!dir) return;
      const names = Object.keys(bundle);
      for (const [page, max] of Object.entries(bytesMax)) {
        const bytes = weight(dir, names, page);
        this.info(`${page} weighs ${bytes} of ${max} bytes, gzipped`);
        if (bytes > max) this.error(`${page} weighs ${bytes} bytes gzipped; its budget is ${max}`);
      }
    },
  };
}

/** Everything that a page can reach is counted, by following the file names in its text. */
function weight(dir: string, names: string[], page: string): number {
  const reached = new Set([page]);
  let bytes = 0;
  for (const name of reached) {
    const content = readFileSync(join(dir, name));
    bytes += gzipSync(content, { level: 9 }).length;
    const text = content.toString('utf8');
    for (const other of names) {
      if (other.startsWith('static/') && text.includes(other.slice('static/'.length)))
        reached.add(other);
    }
  }
  return bytes;
}
