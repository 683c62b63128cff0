import type { Meter } from '@opentelemetry/api';
import type { Account } from '../delivery/account.js';
import { untilDeadline } from '../delivery/deadline.js';
import type { Deadline, LogEntry, Measured, MetricBackend, Port } from '../delivery/destination.js';
import type { Report } from '../delivery/report.js';
import type { RevealKey } from '../emission/reveal.js';
import { NOTHING_REVEALED } from '../emission/reveal.js';
import { swallow } from '../emission/swallow.js';
import { severityNumbers } from '../signal/severity.js';
import { activeContext, runIn } from './context-manager.js';
import { flushProvider } from './flush-provider.js';
import { Reserve } from './kept-measurements.js';
import { isDisabled, recordAttributes, severityTexts } from './log-record.js';
import type { Providers } from './providers.js';
import type { BridgeGate } from './span-event-bridge.js';
import { bridgeGate } from './span-event-bridge.js';
import { isTooLarge, TOO_LARGE } from './too-large.js';

/** The reserved name of the app's own OpenTelemetry pipeline. */
export const OTEL = 'otel';

/** Options of the app's own pipeline. */
interface OtelOptions {
  /** Log records carry the name of their event also as an attribute. */
  readonly eventNames?: boolean;
  /** The app's SDK gets counters when it collects. */
  readonly addsUp?: boolean;
}

/** The destination `otel`: the app's own providers, with whatever processors, limits and views they have. */
export class Otel implements Port, MetricBackend {
  readonly kind = 'otel';
  readonly remembers = true;
  readonly keepsLabels = true;
  readonly metrics: MetricBackend = this;
  readonly addsUp: boolean;
  readonly reserve: Reserve = new Reserve();
  readonly #providers: Providers;
  readonly #logs: Account;
  readonly #metrics: Account;
  readonly #report: Report;
  readonly #eventNames: boolean;
  readonly #gate: BridgeGate = bridgeGate();
  #handing = false;

  constructor(
    providers: Providers,
    logs: Account,
    metrics: Account,
    report: Report,
    { eventNames = false, addsUp = true }: OtelOptions = {},
  ) {
    this.#providers = providers;
    this.#logs = logs;
    this.#metrics = metrics;
    this.#report = report;
    this.#eventNames = eventNames;
    this.addsUp = addsUp;
  }

  get handing(): boolean {
    return this.#handing;
  }

  // Counts when all is known, and before any report. Near the end of the stack any call may throw, and must not leave half a count.
  log(entry: LogEntry, reveal: RevealKey): void {
    let outcome: 'handed' | 'no_provider' | 'disabled' | 'failed' = 'failed';
    let cause: unknown;
    try {
      outcome = this.#hand(entry, reveal);
    } catch (error) {
      cause = error;
    }
    if (outcome === 'handed') this.#logs.handedOver();
    else if (outcome === 'failed') this.#logs.failed();
    else this.#logs.dropped(outcome);
    this.#logs.arrived++;
    if (outcome === 'failed') this.#tell('logs:threw', "the app's log pipeline threw", cause);
    if (outcome === 'no_provider')
      this.#tell(
        'logs:no_provider',
        'no LoggerProvider is registered: log records of signals are dropped (and counted)',
      );
  }

  #hand(entry: LogEntry, reveal: RevealKey): 'handed' | 'no_provider' | 'disabled' {
    const { snapshot, time, observed, context, isActive, bridged } = entry;
    const { closed, redacted } = this.#gate;
    const handing = this.#handing;
    try {
      const logger = this.#providers.handles().logger;
      if (!logger) return 'no_provider';
      const signal = snapshot.schema.signal;
      const severityNumber = severityNumbers[snapshot.severity];
      if (isDisabled(logger, { context, severityNumber, eventName: signal.event })) return 'disabled';
      this.#gate.closed = !bridged;
      this.#gate.redacted =
        bridged && reveal !== NOTHING_REVEALED
          ? recordAttributes(snapshot, NOTHING_REVEALED, this.#eventNames)
          : undefined;
      this.#handing = true;
      const record = {
        // No spread: it made this the slowest line of an emit.
        eventName: signal.event === '' ? undefined : signal.event,
        timestamp: time,
        observedTimestamp: observed,
        severityNumber,
        severityText: severityTexts[snapshot.severity],
        body: snapshot.message(),
        attributes: recordAttributes(snapshot, reveal, this.#eventNames),
        context,
      };
      // Some pipelines take the trace of a record from the active context, not from the record's own.
      if (isActive || context === activeContext(this.#report)) swallow(logger.emit(record));
      else runIn(context, () => swallow(logger.emit(record)), this.#report);
      return 'handed';
    } finally {
      this.#gate.closed = closed;
      this.#gate.redacted = redacted;
      this.#handing = handing;
    }
  }

  // After the count, nothing is thrown.
  #tell(key: string, message: string, error?: unknown): void {
    try {
      this.#report(key, message, error);
    } catch {
      // The stack has no room for the report.
    }
  }

  meter(): Meter | undefined {
    return this.#providers.handles().meter;
  }

  /** The sums in the app's SDK are out of our sight, so single values have a limit. */
  refuses(value: number): boolean {
    return isTooLarge(value);
  }

  counted(outcome: Measured, error?: unknown, n = 1): void {
    if (outcome === 'taken') this.#metrics.handedOver(n);
    else if (outcome === 'absent') this.#metrics.dropped('no_provider', n);
    else if (outcome === 'overflow') this.#metrics.dropped('overflow', n);
    else if (outcome === 'full') this.#metrics.dropped('queue_full', n);
    else this.#metrics.failed(n);
    this.#metrics.arrived += n;
    if (outcome === 'threw') this.#tell('metrics:threw', "the app's metrics pipeline threw", error);
    if (outcome === 'full')
      this.#tell(
        'metrics:full',
        "more was measured before the signal was defined than is kept for 'otel': the rest is dropped and counted. Define signals first, or declare them in the box's `signals`",
      );
    if (outcome === 'overflow')
      this.#tell(
        'metrics:overflow',
        `a measurement of ${TOO_LARGE} or more was not given to the app's metrics: a few such values overflow a sum, which no endpoint takes; such values are dropped and counted`,
      );
  }

  /** Flushes the app's own providers. They belong to the app, so we never shut them down. */
  async forceFlush(deadline: Deadline): Promise<void> {
    const flushing = this.#providers.all().map((provider) => flushProvider(provider, deadline));
    await untilDeadline(Promise.all(flushing), deadline);
  }

  shutdown(deadline: Deadline): Promise<void> {
    return this.forceFlush(deadline);
  }
}
