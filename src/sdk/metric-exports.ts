import type { Meter } from '@opentelemetry/api';
import { atDeadline, untilDeadline } from '../delivery/deadline.js';
import type { Connection, Deadline, MetricBackend } from '../delivery/destination.js';
import type { Account } from '../delivery/ledger.js';
import { SCOPE } from '../telemetry/providers.js';
import { askExporter } from './ask.js';
import { Flight } from './flight.js';
import type { MetricExporterLike } from './like.js';
import type { Member, MetricTimes } from './metric-group.js';
import { MetricGroup } from './metric-group.js';
import { Aggregation } from './metrics/aggregation.js';
import type { InstrumentType, MetricData } from './metrics/point.js';
import { CUMULATIVE, INSTRUMENT_TYPES } from './metrics/point.js';
import { resourceReady } from './resource.js';

/** The metrics channel of one exporter destination. */
export class MetricExports implements Member {
  readonly #exporter: MetricExporterLike;
  readonly #connection: Connection;
  readonly #account: Account;
  readonly #times: MetricTimes;
  readonly #group: MetricGroup;
  /** The specification promises exporters that they are called one at a time. */
  #turn: Promise<void> = Promise.resolve();
  #flight: Flight<CollectedMetrics> | undefined;
  #ending = false;
  #closed = false;

  constructor(exporter: MetricExporterLike, connection: Connection, times: MetricTimes) {
    this.#exporter = exporter;
    this.#connection = connection;
    this.#account = connection.account('metrics');
    this.#times = times;
    const { groups, aggregation } = boxMetrics(connection);
    const temporality = temporalityOf(exporter);
    const key = `${INSTRUMENT_TYPES.map(temporality).join('')} ${times.intervalMillis} ${times.timeoutMillis}`;
    const group = groups.get(key) ?? new MetricGroup(aggregation, temporality, times, connection.report);
    groups.set(key, group);
    group.join(this);
    this.#group = group;
  }

  get backend(): MetricBackend {
    return boxMetrics(this.#connection);
  }

  takes(instrument: string): boolean {
    return this.#connection.takesInstrument(instrument);
  }

  temporality(type: InstrumentType): number {
    return temporalityOf(this.#exporter)(type);
  }

  get times(): MetricTimes {
    return this.#times;
  }

  /** Exports what is its own of a collection. */
  export(metrics: readonly MetricData[]): Promise<void> {
    // The app's SDK flushes us too while the box shuts down: a collection that comes after the last one has nothing new.
    if (this.#closed) return Promise.resolve();
    const own = metrics.filter((metric) => this.takes(metric.descriptor.name));
    return this.send({
      resource: this.#connection.resource(),
      scopeMetrics: [{ scope: SCOPE, metrics: own }],
    });
  }

  /** Exports points that someone collected, and counts each. Settles with the outcome; never rejects. */
  send(collected: CollectedMetrics): Promise<void> {
    const points = countPoints(collected);
    if (points === 0) return Promise.resolve();
    this.#account.routed(points);
    if (this.#closed) {
      this.#account.dropped('closed', points);
      return Promise.resolve();
    }
    this.#turn = this.#turn.then(() => this.#fly(collected, points));
    return this.#turn;
  }

  #fly(collected: CollectedMetrics, points: number): Promise<void> {
    if (this.#closed) {
      this.#account.dropped('shutdown', points);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#flight = new Flight<CollectedMetrics>([collected], this.#times.timeoutMillis, (error) => {
        this.#flight = undefined;
        if (error === undefined) this.#account.delivered(points);
        else {
          this.#account.failed(points);
          this.#tell('failed', `an export of ${points} points failed`, error);
        }
        resolve();
      });
      this.#flight.start(
        () => resourceReady(this.#connection.resource()),
        ([metrics], done) =>
          this.#connection.inside(() => this.#exporter.export(metrics as never, done), 'untraced'),
      );
    });
  }

  async forceFlush(deadline: Deadline): Promise<void> {
    if (this.#ending) return;
    await untilDeadline(this.#group.collect(), deadline);
    if (deadline.signal.aborted) return;
    await askExporter(
      this.#connection,
      () => this.#exporter.forceFlush?.(),
      deadline,
      (error) => this.#tell('flush', 'its metric exporter could not be flushed', error),
    );
  }

  /** Closes when all was exported, and `others` settled, that export through it; at the latest at the deadline. */
  async shutdown(deadline: Deadline, others: Promise<void> | undefined): Promise<void> {
    this.#ending = true;
    const undo = atDeadline(deadline, () => this.#close());
    await untilDeadline(Promise.all([others, this.#group.leave(this)]), deadline);
    undo();
    this.#close();
    await askExporter(
      this.#connection,
      () => this.#exporter.shutdown(),
      deadline,
      (error) => this.#tell('close', 'its metric exporter could not be shut down', error),
    );
  }

  #close(): void {
    this.#closed = true;
    this.#group.drop(this);
    this.#flight?.fail('the shutdown deadline came');
  }

  #tell(key: string, message: string, error: unknown): void {
    const { name, report } = this.#connection;
    report(`${name} metrics ${key}`, `destination '${name}': ${message}`, error);
  }
}

/** Metrics as exporters take them. */
export interface CollectedMetrics {
  readonly resource: object;
  readonly scopeMetrics: readonly {
    readonly scope: object;
    readonly metrics: readonly { readonly dataPoints: readonly unknown[] }[];
  }[];
}

function countPoints(collected: CollectedMetrics): number {
  let points = 0;
  for (const { metrics } of collected.scopeMetrics)
    for (const metric of metrics) points += metric.dataPoints.length;
  return points;
}

function temporalityOf(exporter: MetricExporterLike): (type: InstrumentType) => number {
  return (type) => {
    try {
      return exporter.selectAggregationTemporality?.(type as never) ?? CUMULATIVE;
    } catch {
      return CUMULATIVE;
    }
  };
}

interface BoxMetrics extends MetricBackend {
  readonly aggregation: Aggregation;
  readonly groups: Map<string, MetricGroup>;
}

function boxMetrics(connection: Connection): BoxMetrics {
  const { report } = connection;
  return connection.shared('metrics', (): BoxMetrics => {
    const aggregation = new Aggregation(connection.now, {
      overflowed: (instrument) =>
        report(
          `metrics overflow ${instrument}`,
          `the metric '${instrument}' has too many series; further ones are added up in one`,
        ),
      failed: (instrument, error) =>
        report(`metrics observe ${instrument}`, `observing the metric '${instrument}' failed`, error),
    });
    return {
      aggregation,
      groups: new Map(),
      meter: () => aggregation as unknown as Meter,
      counted: (outcome, error) => {
        if (outcome === 'threw') report('metrics threw', 'a measurement could not be taken', error);
      },
    };
  });
}
