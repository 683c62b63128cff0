import type { Meter } from '@opentelemetry/api';
import { untilDeadline } from '../delivery/deadline.js';
import type { Deadline, LogEntry, MetricBackend, Port } from '../delivery/destination.js';
import { swallow } from '../delivery/guard.js';
import type { Account } from '../delivery/ledger.js';
import type { Report } from '../delivery/report.js';
import { severityNumbers } from '../signal/severity.js';
import type { BridgeGate } from './bridge.js';
import { bridgeGate } from './bridge.js';
import { flushProvider } from './flush-provider.js';
import { activeContext, runIn } from './globals.js';
import { isDisabled, recordAttributes, severityTexts } from './log-record.js';
import type { Providers } from './providers.js';

/** The reserved name of the app's own OpenTelemetry pipeline. */
export const OTEL = 'otel';

/** The destination `otel`: the app's own providers, with whatever processors, limits and views they have. */
export class Otel implements Port, MetricBackend {
  readonly kind = 'otel';
  readonly metrics: MetricBackend = this;
  readonly #providers: Providers;
  readonly #logs: Account;
  readonly #metrics: Account;
  readonly #report: Report;
  readonly #eventNames: boolean;
  readonly #gate: BridgeGate = bridgeGate();
  #handing = false;

  constructor(providers: Providers, logs: Account, metrics: Account, report: Report, eventNames = false) {
    this.#providers = providers;
    this.#logs = logs;
    this.#metrics = metrics;
    this.#report = report;
    this.#eventNames = eventNames;
  }

  get handing(): boolean {
    return this.#handing;
  }

  log(entry: LogEntry): void {
    const { snapshot, time, observed, context, bridged } = entry;
    this.#logs.routed();
    const closed = this.#gate.closed;
    const handing = this.#handing;
    try {
      const logger = this.#providers.handles().logger;
      if (!logger) {
        this.#logs.dropped('no_provider');
        this.#report(
          'logs:no_provider',
          'no LoggerProvider is registered: log records of signals are dropped (and counted)',
        );
        return;
      }
      const signal = snapshot.schema.signal;
      const severityNumber = severityNumbers[snapshot.severity];
      if (isDisabled(logger, { context, severityNumber, eventName: signal.event })) {
        this.#logs.dropped('disabled');
        return;
      }
      this.#gate.closed = !bridged;
      this.#handing = true;
      const record = {
        // No spread: it made this the slowest line of an emit.
        eventName: signal.event === '' ? undefined : signal.event,
        timestamp: time,
        observedTimestamp: observed,
        severityNumber,
        severityText: severityTexts[snapshot.severity],
        body: snapshot.message(),
        attributes: recordAttributes(entry, this.#eventNames),
        context,
      };
      // Some pipelines take the trace of a record from what is active when it comes, and not from its own context.
      if (context === activeContext(this.#report)) swallow(logger.emit(record));
      else runIn(context, () => swallow(logger.emit(record)), this.#report);
      this.#logs.handedOver();
    } catch (error) {
      this.#logs.failed();
      this.#report('logs:threw', "the app's log pipeline threw", error);
    } finally {
      this.#gate.closed = closed;
      this.#handing = handing;
    }
  }

  meter(): Meter | undefined {
    return this.#providers.handles().meter;
  }

  counted(outcome: 'taken' | 'absent' | 'threw', error?: unknown): void {
    this.#metrics.routed();
    if (outcome === 'taken') this.#metrics.handedOver();
    else if (outcome === 'absent') this.#metrics.dropped('no_provider');
    else {
      this.#metrics.failed();
      this.#report('metrics:threw', "the app's metrics pipeline threw", error);
    }
  }

  /** Flushes the app's own providers. They are the app's: never shut down by us. */
  async forceFlush(deadline: Deadline): Promise<void> {
    const flushing = this.#providers.all().map((provider) => flushProvider(provider, deadline));
    await untilDeadline(Promise.all(flushing), deadline);
  }

  shutdown(deadline: Deadline): Promise<void> {
    return this.forceFlush(deadline);
  }
}
