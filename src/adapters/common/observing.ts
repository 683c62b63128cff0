import type { Core } from '../../core.js';
import type { QueueTelemetry } from '../../jobs/index.js';

/** What an adapter observes with. */
export interface Observing {
  /** The telemetry of a queue. */
  queue(name: string): QueueTelemetry;
  /** Runs telemetry; what it throws is reported, and never the app's trouble. */
  quietly<T>(what: string, fn: () => T): T | undefined;
  report(what: string, error: unknown): void;
  /** Tells what the app does wrong; `what` stands for sentences of a kind. */
  tell(what: string, sentence: string): void;
}

/** `engine` is what reports call it; `make` gives the telemetry of a queue that is met for the first time. */
export function observing(core: Core, engine: string, make: (name: string) => QueueTelemetry): Observing {
  const queues = new Map<string, QueueTelemetry>();
  const report = (what: string, error: unknown): void =>
    core.report(`${engine}:${what}`, `${engine}: ${what} could not be observed`, error);
  return {
    queue: (name) => {
      const found = queues.get(name) ?? make(name);
      // The name in the telemetry is its own: this one may be cut from a message.
      queues.set(found.name, found);
      return found;
    },
    quietly: (what, fn) => {
      try {
        return fn();
      } catch (error) {
        report(what, error);
        return undefined;
      }
    },
    report,
    tell: (what, sentence) => core.report(`${engine}:${what}`, `${engine}: ${sentence}`),
  };
}
