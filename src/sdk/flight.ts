import { swallow } from '../delivery/guard.js';
import type { ExportCallback } from './like.js';

/** One batch on its way. It has one outcome, whatever the exporter does: throw, answer twice, late, or never. */
export class Flight<T> {
  readonly #items: T[];
  readonly #timeoutMillis: number;
  readonly #landed: (error: unknown) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  /** `landed` is told once: undefined for success, else why not. */
  constructor(items: T[], timeoutMillis: number, landed: (error: unknown) => void) {
    this.#items = items;
    this.#timeoutMillis = timeoutMillis;
    this.#landed = landed;
  }

  start(
    ready: (() => Promise<void> | undefined) | undefined,
    send: (items: T[], done: ExportCallback) => unknown,
  ): void {
    this.#timer = setTimeout(
      () => this.#land(new Error(`no answer within ${this.#timeoutMillis} ms`)),
      this.#timeoutMillis,
    );
    (this.#timer as { unref?(): void }).unref?.();
    let waiting: Promise<void> | undefined;
    try {
      waiting = ready?.();
    } catch {
      waiting = undefined;
    }
    if (waiting)
      waiting.then(
        () => this.#send(send),
        () => this.#send(send),
      );
    else this.#send(send);
  }

  fail(why: string): void {
    this.#land(new Error(why));
  }

  #send(send: (items: T[], done: ExportCallback) => unknown): void {
    if (this.#over) return;
    try {
      const returned = send(this.#items, (result) => this.#answered(result));
      // Exporters answer by the callback; one written as an async function may reject instead.
      if (returned instanceof Promise)
        returned.catch((error: unknown) => this.#land(error ?? new Error('the exporter rejected')));
      else swallow(returned);
    } catch (error) {
      this.#land(error ?? new Error('the exporter threw'));
    }
  }

  #answered(result: unknown): void {
    try {
      const { code, error } = result as { code?: unknown; error?: unknown };
      this.#land(code === 0 ? undefined : (error ?? new Error(`the exporter answered code ${String(code)}`)));
    } catch (error) {
      this.#land(error ?? new Error('the exporter answered something unreadable'));
    }
  }

  #land(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#landed(error);
  }
}
