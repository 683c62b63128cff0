import type { Monitor } from '../../jobs/monitor.js';

/** What looks for ends of which there is no event. */
export interface Looker {
  /** One look. What it throws is reported. */
  look(): Promise<void>;
  stop?(): void;
}

export interface ReconcilingMonitorParts {
  /** One of options that are `driven`. */
  readonly inner: Monitor;
  readonly looker: Looker | undefined;
  /** Milliseconds between checks. */
  readonly intervalMillis: number;
  readonly report: (error: unknown) => void;
  /** Whether the queue is closed, as the monitor's own `closed` says it. */
  readonly closed: (error?: unknown) => boolean;
}

/** A monitor that looks for ends that were not emitted before each health check. */
export class ReconcilingMonitor implements Monitor {
  readonly #parts: ReconcilingMonitorParts;
  readonly #timer: ReturnType<typeof setInterval>;
  #checking: Promise<void> | undefined;
  #stopped = false;

  constructor(parts: ReconcilingMonitorParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.check(), parts.intervalMillis);
    (this.#timer as { unref?(): void }).unref?.();
    // The monitor finds ends by comparing two looks. Without a look now it would miss those within the first interval.
    void this.check();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#stopped = true;
    this.#parts.looker?.stop?.();
    this.#parts.inner.stop();
  }

  // While a database does not answer, one check waits for it, and no further check starts.
  check(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  size(jobs: number): void {
    this.#parts.inner.size(jobs);
  }

  async #check(): Promise<void> {
    const { inner, looker, report, closed } = this.#parts;
    if (closed()) return this.stop();
    try {
      await looker?.look();
    } catch (error) {
      if (closed(error)) return this.stop();
      report(error);
    }
    await inner.check();
  }
}
