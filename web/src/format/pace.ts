// How fast something goes and how long it still takes, from the progress of the last few seconds.

const WINDOW_MS = 3000;

export class Pace {
  #seen: { at: number; done: number }[] = [];

  /** Notes that `done` bytes were reached at `at` milliseconds. */
  note(done: number, at: number): void {
    this.#seen.push({ at, done });
    while (this.#seen.length > 2 && at - (this.#seen[0]?.at ?? at) > WINDOW_MS) this.#seen.shift();
  }

  /** Bytes per second, or nothing while there is too little to tell. */
  rate(): number | undefined {
    const [first, last] = [this.#seen[0], this.#seen.at(-1)];
    if (!first || !last || last.at - first.at < 200) return undefined;
    return (1000 * (last.done - first.done)) / (last.at - first.at);
  }

  secondsLeft(whole: number): number | undefined {
    const [rate, last] = [this.rate(), this.#seen.at(-1)];
    if (!rate || !last) return undefined;
    return (whole - last.done) / rate;
  }
}
