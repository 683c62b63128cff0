import { readySeconds } from './ready.js';

/** Measures turns of the event loop: how long each kept everything else waiting, in milliseconds. */
export class Turns {
  readonly #lengths: number[] = [];
  #last = 0;
  #ready = 0;
  #on = false;

  start(): void {
    this.#on = true;
    this.#look();
    setImmediate(this.#tick);
  }

  stop(): readonly number[] {
    this.#on = false;
    return this.#lengths;
  }

  // A loop that always has something to do never waits for input: what lies between two ticks is work, and little else.
  readonly #tick = (): void => {
    if (!this.#on) return;
    const [last, ready] = [this.#last, this.#ready];
    this.#look();
    this.#lengths.push(this.#last - last - (this.#ready - ready) * 1e3);
    setImmediate(this.#tick);
  };

  #look(): void {
    this.#ready = readySeconds();
    this.#last = performance.now();
  }
}
