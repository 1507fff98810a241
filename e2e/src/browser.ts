// Chromium, and a page whose every complaint counts: errors on the console, exceptions, violations
// of the content security policy, requests that leave this machine and server errors fail the test
// that is running.
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const ARGUMENTS = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // Root, as on a build machine, may not use Chromium's own sandbox.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ARGUMENTS,
  });
}

/** A visitor: a browser context of their own, and what went wrong in it. */
export class Visitor {
  readonly complaints: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async arrive(browser: Browser, options: { javaScriptEnabled?: boolean } = {}) {
    const context = await browser.newContext({ acceptDownloads: true, ...options });
    const visitor = new Visitor(context, await context.newPage());
    visitor.listen();
    return visitor;
  }

  /** Keeps a picture of what the visitor sees, for whoever looks into a failure. */
  async picture(name: string): Promise<void> {
    const path = `results/${name.replaceAll(/\W+/g, '-')}.png`;
    await this.page.screenshot({ path }).catch(() => undefined);
  }

  /** Throws what was complained about since the last call. */
  assertQuiet(): void {
    const complaints = this.complaints.splice(0);
    if (complaints.length > 0) throw new Error(`the browser complained:\n${complaints.join('\n')}`);
  }

  /** Takes back what a refusal by the server, meant by the test, says on every browser's console. */
  expectComplaint(pattern: RegExp): void {
    const found = this.complaints.findIndex((complaint) => pattern.test(complaint));
    if (found < 0) throw new Error(`the browser did not complain about ${pattern}`);
    this.complaints.splice(found, 1);
  }

  private listen(): void {
    const complain = (what: string) => this.complaints.push(`${this.page.url()}: ${what}`);
    // Violations of the policy appear on the console as errors too.
    this.page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complain(message.text());
    });
    this.page.on('pageerror', (error) => complain(String(error)));
    this.context.on('request', (request) => {
      const { hostname, protocol } = new URL(request.url());
      const local = ['localhost', '127.0.0.1', ''].includes(hostname);
      if (!local || !/^(https?|blob|data):$/.test(protocol))
        complain(`request to ${request.url()}`);
    });
    this.context.on('response', (response) => {
      if (response.status() >= 500) complain(`${response.status()} from ${response.url()}`);
    });
  }
}
