// One file on its way to a verdict: fingerprint it here, ask for its range, open what is ours. Small
// files get both fingerprints at once. Larger ones are asked for by content hash first, which the
// browser computes fastest, and by plain SHA-256 afterwards, so that no document is missed.

import type { Algorithm, LookupRecord } from '../lookup/record';
import { BrokenRecord } from '../lookup/record';
import { ConnectionTrouble, type Lookup } from '../lookup/ask';
import { FAILED, TROUBLE, verdicts, type Verdict } from '../lookup/verdict';
import { hash, isSmall, UnreadableFile, type Fingerprints } from '../fingerprint/hashing';
import { Pace } from '../format/pace';

export type Phase = 'waiting' | 'hashing' | 'asking' | 'done' | 'cancelled' | 'unreadable';

export class Check {
  readonly id = crypto.randomUUID();
  phase: Phase = $state('waiting');
  /** The fingerprint being computed now: small files need no distinction. */
  pass: Algorithm = $state('contentHash');
  bytesDone = $state(0);
  verdicts: Verdict[] = $state.raw([]);
  fingerprints: Fingerprints = $state.raw({});
  pace = new Pace();
  #cancel = new AbortController();

  constructor(
    readonly file: File,
    /** Its name, with the folders above it when a whole folder was dropped. */
    readonly name: string,
  ) {}

  get busy(): boolean {
    return this.phase === 'waiting' || this.phase === 'hashing' || this.phase === 'asking';
  }

  get percent(): number {
    return this.file.size === 0 ? 0 : Math.floor((100 * this.bytesDone) / this.file.size);
  }

  cancel(): void {
    this.#cancel.abort();
    if (this.busy) this.phase = this.verdicts.length > 0 ? 'done' : 'cancelled';
  }

  /** Runs to its end; every trouble becomes a phase or a verdict. */
  async run(lookup: Lookup): Promise<void> {
    try {
      await this.#run(lookup);
    } catch (error) {
      this.#settle(error);
    }
  }

  async #run(lookup: Lookup): Promise<void> {
    const passes: Algorithm[] = ['contentHash', 'sha256'];
    const found: LookupRecord[] = [];
    for (const pass of passes) {
      await this.#fingerprint(pass);
      this.phase = 'asking';
      const fingerprint = this.fingerprints[pass];
      if (fingerprint) found.push(...(await lookup.find(pass, fingerprint)));
      this.#cancel.signal.throwIfAborted();
      if (found.length > 0) this.verdicts = verdicts(found);
    }
    this.verdicts = verdicts(found);
    this.phase = 'done';
  }

  async #fingerprint(pass: Algorithm): Promise<void> {
    if (this.fingerprints[pass]) return;
    [this.phase, this.pass, this.bytesDone, this.pace] = ['hashing', pass, 0, new Pace()];
    const onProgress = (bytesDone: number) => {
      this.pace.note(bytesDone, performance.now());
      this.bytesDone = bytesDone;
    };
    const wanted = isSmall(this.file) ? 'both' : pass;
    const done = await hash(this.file, wanted, onProgress, this.#cancel.signal);
    this.fingerprints = { ...this.fingerprints, ...done };
  }

  #settle(error: unknown): void {
    if (this.#cancel.signal.aborted) return;
    if (error instanceof UnreadableFile) {
      this.phase = 'unreadable';
      return;
    }
    const broken = error instanceof BrokenRecord;
    if (!broken && !(error instanceof ConnectionTrouble)) console.error(error);
    this.verdicts = [...this.verdicts, broken ? FAILED : TROUBLE];
    this.phase = 'done';
  }

  /** After trouble or a cancel: asks again with the fingerprints that are there already. */
  again(): void {
    this.#cancel = new AbortController();
    this.verdicts = [];
    this.phase = 'waiting';
  }
}
