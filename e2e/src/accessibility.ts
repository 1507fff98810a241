// axe-core on the page as it stands, in light and dark, at 320 and 1280 pixels, and whether the
// page fits the narrow window without scrolling sideways.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';

const SOURCE = await readFile(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);
const WIDTHS = [320, 1280];
const SCHEMES = ['light', 'dark'] as const;
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Throws when the page is not accessible in any of the four looks. */
export async function assertAccessible(page: Page, name: string): Promise<void> {
  const problems: string[] = [];
  const before = page.viewportSize() ?? { width: 1280, height: 800 };
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const look = `${name}, ${colorScheme}, ${width} px`;
      problems.push(...(await violations(page)).map((problem) => `${look}: ${problem}`));
    }
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    if (overflow > 0) problems.push(`${name}, ${width} px: ${overflow} px too wide`);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  await page.setViewportSize(before);
  if (problems.length > 0) throw new Error(`not accessible:\n${problems.join('\n')}`);
}

async function violations(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the page's content security policy rightly doesn't know.
  await page.evaluate(SOURCE);
  const found = await page.evaluate(async (rules) => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const result = await axe.run(document, { runOnly: { type: 'tag', values: rules } });
    return result.violations;
  }, RULES);
  return found.flatMap((violation: axe.Result) =>
    violation.nodes.map((node) => `${violation.id}: ${violation.help}: ${node.html.slice(0, 160)}`),
  );
}
