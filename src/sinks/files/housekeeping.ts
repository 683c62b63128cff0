import type { Report } from '../../delivery/report.js';
import { createReport } from '../../delivery/report.js';
import { startTimer, stopTimer } from '../../delivery/timers.js';
import type { TidyOptions } from './tidy.js';
import { REST_MILLIS, tidy } from './tidy.js';

/** Takes care of a file's archives, beside the writing of lines. It reports failures, and tries again at the next rotation. */
export class Housekeeping {
  readonly #options: TidyOptions;
  readonly #report: Report;
  #timer: ReturnType<typeof startTimer> | undefined;
  #running: Promise<void> | undefined;
  #again = false;

  constructor(options: TidyOptions, report: Report = createReport()) {
    this.#options = options;
    this.#report = report;
  }

  /** Tidies at once and, if some archives still rest, once more later. */
  begin(path: string): void {
    stopTimer(this.#timer);
    this.#timer = undefined;
    if (this.#running) this.#again = true;
    else
      this.#running = this.#tidy(path).finally(() => {
        this.#running = undefined;
        if (this.#again) this.begin(path);
      });
  }

  /** Completes what has begun and what rotations asked for. Archives that still rest are left to the next start. */
  async close(): Promise<void> {
    while (this.#running) await this.#running;
    stopTimer(this.#timer);
    this.#timer = undefined;
  }

  async #tidy(path: string): Promise<void> {
    this.#again = false;
    try {
      if (!(await tidy(path, this.#options)) || this.#timer) return;
      this.#timer = startTimer(() => this.begin(path), REST_MILLIS);
      (this.#timer as { unref?(): void }).unref?.();
    } catch (error) {
      this.#report(`tidy ${path}`, `the archives of '${path}' could not be compressed or removed`, error);
    }
  }
}
