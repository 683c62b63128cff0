import type { Core } from '../../box/core.js';
import type { QueueTelemetry } from '../../jobs/index.js';

/** What an adapter observes with. */
export interface Observing<Q extends QueueTelemetry = QueueTelemetry> {
  /** The telemetry of a queue; `namespace` where the engine's prefix or schema is not its default. */
  queue(name: string, namespace?: string): Q;
  /** Runs telemetry; what it throws is reported, and never the app's trouble. */
  quietly<T>(what: string, fn: () => T): T | undefined;
  report(what: string, error: unknown): void;
  /**
   * Reports what the app does wrong, or can not have; `what` stands for sentences of a kind.
   *
   * @param at Where the app did it, as {@link here} says; default: what calls this.
   */
  reportThat(what: string, sentence: string, at?: Error): void;
  /** Where the app is now, in development: for what turns out wrong later. */
  here(): Error | undefined;
}

/** `engine` is what reports call it; `make` gives the telemetry of a queue that is met for the first time. */
export function observing<Q extends QueueTelemetry>(
  core: Core,
  engine: string,
  make: (name: string, namespace: string | undefined) => Q,
): Observing<Q> {
  const queues = new Map<string | undefined, Map<string, Q>>();
  const report = (what: string, error: unknown): void =>
    core.report(`${engine}:${what}`, `${engine}: ${what} could not be observed`, error);
  return {
    queue: (name, namespace) => {
      const known = queues.get(namespace)?.get(name);
      if (known) return known;
      const made = make(name, namespace);
      // Use the telemetry's own copies of the names as keys: the given strings may be slices of a large message.
      const ofNamespace = queues.get(made.namespace) ?? new Map<string, Q>();
      queues.set(made.namespace, ofNamespace.set(made.name, made));
      return made;
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
    reportThat: (what, sentence, at) => {
      core.development?.unobserved(`${engine}: ${sentence}`, at);
      core.report(`${engine}:${what}`, `${engine}: ${sentence}`);
    },
    here: () => core.development?.here(),
  };
}
