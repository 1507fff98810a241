// A child process of the real binary: started, watched for the lines it prints, stopped by its
// own id. What the lines mean is the business of instance.ts.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const BINARY = new URL('../../target/debug/proofbox', import.meta.url).pathname;

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 15_000;

export class Process {
  private readonly lines: string[] = [];
  private readonly errors: string[] = [];
  private waiting: (() => void)[] = [];

  private constructor(private readonly child: ChildProcess) {
    const { stdout, stderr } = child;
    if (!stdout || !stderr) throw new Error('the child has no pipes');
    createInterface({ input: stdout }).on('line', (line) => this.heard(this.lines, line));
    createInterface({ input: stderr }).on('line', (line) => this.heard(this.errors, line));
    child.on('exit', () => this.wake());
  }

  static start(args: string[], env: Record<string, string> = {}): Process {
    const child = spawn(BINARY, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Process(child);
  }

  /** The first line on standard output that matches, now or later. */
  async line(pattern: RegExp): Promise<RegExpMatchArray> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      for (const line of this.lines) {
        const match = line.match(pattern);
        if (match) return match;
      }
      if (this.child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`no line like ${pattern}; standard error was:\n${this.log()}`);
      }
      await this.change(deadline - Date.now());
    }
  }

  /** Asks it to stop and returns its exit code. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode === null) {
      const exit = once(this.child, 'exit');
      this.child.kill('SIGINT');
      const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exit;
      clearTimeout(late);
    }
    return this.child.exitCode;
  }

  /** What it said on standard error. */
  log(): string {
    return this.errors.join('\n');
  }

  private heard(to: string[], line: string): void {
    to.push(line);
    this.wake();
  }

  private wake(): void {
    for (const resume of this.waiting.splice(0)) resume();
  }

  private change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** Runs a subcommand to its end. */
export async function run(args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  const [code] = await once(child, 'close');
  return { code, out, err };
}
