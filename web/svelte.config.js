// Svelte's own settings. Styles are written to files, never injected: the pages run under a
// Content-Security-Policy without 'unsafe-inline'.
export default {
  compilerOptions: { css: 'external', runes: true },
};
