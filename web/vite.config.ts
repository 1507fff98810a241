// How the two pages are built: index.html (Instaproof, public) and admin.html (administration).
// Everything they load lies under /static/ with the hash of its content in its name, so that a
// server may mark it immutable.

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { compress } from './build/compress.ts';
import { budget } from './build/budget.ts';

export default defineConfig({
  base: '/',
  plugins: [svelte(), compress(), budget({ 'index.html': 60_000, 'admin.html': 150_000 })],
  worker: { format: 'es' },
  // Tests run the state of components as a browser does, not as a server that renders once.
  ...(process.env['VITEST'] ? { resolve: { conditions: ['browser'] } } : {}),
  build: {
    target: 'es2022',
    assetsDir: 'static',
    assetsInlineLimit: 0, // a data: URL would need a wider Content-Security-Policy
    modulePreload: { polyfill: false },
    rollupOptions: { input: ['index.html', 'admin.html'] },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node', env: { TZ: 'Europe/Berlin' } },
});
