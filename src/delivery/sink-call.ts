import type { SinkCall } from './sink-function.js';

/**
 * A call of a sink whose signal can be aborted. The signal is made when it is first read: most sinks never
 * do, and making one costs more than the rest of a call. It is new for each call, so that listeners on it do
 * not pile up.
 */
export class Call implements SinkCall {
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#aborted) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  /** The reason of the abort, or undefined. Makes no signal. */
  get aborted(): { readonly reason: unknown } | undefined {
    return this.#aborted;
  }

  /** Aborts the signal; the first reason stays. */
  abort(reason: unknown): void {
    this.#aborted ??= { reason };
    this.#controller?.abort(this.#aborted.reason);
  }
}
