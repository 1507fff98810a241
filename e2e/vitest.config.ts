// Browser tests: each file starts its own binary, sandbox and browser, so files run beside each
// other, and the steps of a file one after the other.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // A step that needs a second try hides a race that a user would meet.
    retry: 0,
  },
});
