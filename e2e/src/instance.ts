// A sandbox Dropbox over a temporary folder and a Proofbox beside it, both as real processes on
// loopback.
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Process, run } from './process.ts';

const APP_KEY = 'e2e-app-key';

export type Files = Record<string, string | Uint8Array>;

export class Instance {
  private constructor(
    private readonly directory: string,
    private readonly dropbox: Process,
    private readonly proofbox: Process,
    /** Where Proofbox answers. */
    readonly url: string,
    /** Where the sandbox answers. */
    readonly dropboxUrl: string,
  ) {}

  static async start(files: Files, settings: Record<string, string> = {}): Promise<Instance> {
    const directory = await mkdtemp(join(tmpdir(), 'proofbox-e2e-'));
    const folder = join(directory, 'files');
    await mkdir(folder);
    await writeAll(folder, files);
    const dropbox = Process.start([
      'sandbox',
      '--folder',
      folder,
      '--state',
      join(directory, 'dropbox'),
      '--listen',
      '127.0.0.1:0',
      '--app-key',
      APP_KEY,
    ]);
    const [, dropboxUrl = ''] = await dropbox.line(/sandbox Dropbox is at (\S+?)\/?$/);
    const proofbox = Process.start(
      ['serve', '--data', join(directory, 'data'), '--listen', '127.0.0.1:0'],
      {
        DROPBOX_APP_KEY: APP_KEY,
        PROOFBOX_DROPBOX_URL: dropboxUrl,
        PROOFBOX_WEBHOOKS_TO: 'loopback',
        ...settings,
      },
    );
    const [, url = ''] = await proofbox.line(/Proofbox is at (\S+)/);
    return new Instance(directory, dropbox, proofbox, url.replace(/\/$/, ''), dropboxUrl);
  }

  /** A new link that signs in once, made beside the running server. */
  async signInLink(): Promise<string> {
    const { code, out, err } = await run(['sign-in-link', '--data', join(this.directory, 'data')]);
    if (code !== 0) throw new Error(err);
    return out.trim();
  }

  /** Where a file of the Dropbox lies on this disk. */
  path(name: string): string {
    return join(this.directory, 'files', name);
  }

  /** A place for files that are not in the Dropbox. */
  elsewhere(name: string): string {
    return join(this.directory, name);
  }

  /** Saves files as a person would: the content changes, the file stays the same. */
  async save(files: Files): Promise<void> {
    await writeAll(join(this.directory, 'files'), files);
  }

  async rename(from: string, to: string): Promise<void> {
    await mkdir(dirname(this.path(to)), { recursive: true });
    await rename(this.path(from), this.path(to));
  }

  async remove(name: string): Promise<void> {
    await rm(this.path(name), { recursive: true });
  }

  async stop(): Promise<void> {
    const codes = [await this.proofbox.stop(), await this.dropbox.stop()];
    await rm(this.directory, { recursive: true, force: true });
    if (codes.some((code) => code !== 0)) {
      throw new Error(`stopped with ${codes.join(', ')}:\n${this.proofbox.log()}`);
    }
  }
}

async function writeAll(folder: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}
