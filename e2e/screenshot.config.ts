// `make screenshot`: takes the pictures of the README from the real pages over the demo's samples.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['screenshot/**/*.ts'], testTimeout: 120_000, hookTimeout: 60_000 },
});
