import type { Meter } from '@opentelemetry/api';
import { atDeadline, untilDeadline } from '../delivery/deadline.js';
import type { Connection, Deadline, MetricBackend } from '../delivery/destination.js';
import type { Account } from '../delivery/ledger.js';
import { SCOPE } from '../telemetry/providers.js';
import { askExporter } from './ask.js';
import { Flight } from './flight.js';
import type { AggregationLike, MetricExporterLike } from './like.js';
import type { Member, MetricTimes } from './metric-group.js';
import { MetricGroup } from './metric-group.js';
import { Aggregation } from './metrics/aggregation.js';
import type { Patience } from './metrics/patience.js';
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

  get patience(): Patience {
    return boxMetrics(this.#connection).aggregation.patience;
  }

  takes(instrument: string): boolean {
    return this.#connection.takesInstrument(instrument);
  }

  /** Whether the box has such an instrument for its exporter destinations. */
  has(instrument: string): boolean {
    return boxMetrics(this.#connection).aggregation.has(instrument);
  }

  temporality(type: InstrumentType): number {
    return temporalityOf(this.#exporter)(type);
  }

  /** What the exporter wants instruments of the app's own SDK to be aggregated to. */
  aggregation(type: InstrumentType): AggregationLike {
    try {
      const chosen = this.#exporter.selectAggregation?.(type as never);
      // The SDK throws at the app where it is given none.
      return typeof chosen?.type === 'number' ? chosen : DEFAULT_AGGREGATION;
    } catch (error) {
      this.#tell('aggregation', 'its metric exporter could not say how to aggregate', error);
      return DEFAULT_AGGREGATION;
    }
  }

  /** Whether it takes nothing that comes from now on. */
  get ending(): boolean {
    return this.#ending;
  }

  get times(): MetricTimes {
    return this.#times;
  }

  /** Exports what is its own of a collection. One that comes when the shutdown is over is lost, and counted as all else is. */
  async export(metrics: readonly MetricData[]): Promise<void> {
    const own = metrics.filter((metric) => this.takes(metric.descriptor.name));
    const collected = {
      resource: this.#connection.resource(),
      scopeMetrics: [{ scope: SCOPE, metrics: own }],
    };
    try {
      await this.patience.within(() => this.#send(collected, 'shutdown'));
    } catch {
      // An exporter that hangs does not keep its group from the last collection. What it has in flight goes on.
    }
  }

  /** Exports points that someone else collected, and counts each. Settles with the outcome; never rejects. */
  send(collected: CollectedMetrics): Promise<void> {
    return this.#send(collected, 'closed');
  }

  /** Points of someone else could not be collected. */
  missed(error: unknown): void {
    this.#tell('foreign', "some of the app's own metrics could not be collected", error);
  }

  #send(collected: CollectedMetrics, late: 'shutdown' | 'closed'): Promise<void> {
    const points = countPoints(collected);
    if (points === 0) return Promise.resolve();
    this.#account.routed(points);
    if (this.#closed) {
      this.#account.dropped(late, points);
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

  /** Closes when all was exported, also what `others` export through it; at the latest at the deadline. */
  async shutdown(deadline: Deadline, others: () => Promise<unknown>): Promise<void> {
    this.#ending = true;
    if (deadline.signal.aborted) this.#group.drop(this);
    else this.patience.hurry(deadline.timeoutMillis);
    const undo = atDeadline(deadline, () => this.#close());
    await untilDeadline(Promise.all([others(), this.#group.leave(this)]), deadline);
    undo();
    this.#close();
    await askExporter(
      this.#connection,
      () => this.#exporter.shutdown(),
      deadline,
      (error) => this.#tell('close', 'its metric exporter could not be shut down', error),
    );
  }

  // Its group knows it until the last collection: where that comes too late, it says what is lost.
  #close(): void {
    this.#closed = true;
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
    readonly metrics: readonly {
      readonly descriptor: { readonly name: string };
      readonly dataPoints: readonly unknown[];
    }[];
  }[];
}

function countPoints(collected: CollectedMetrics): number {
  let points = 0;
  for (const { metrics } of collected.scopeMetrics)
    for (const metric of metrics) points += metric.dataPoints.length;
  return points;
}

// 0 is the SDK's AggregationType.DEFAULT.
const DEFAULT_AGGREGATION: AggregationLike = { type: 0 };

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
      negative: (instrument) =>
        report(
          `metrics negative ${instrument}`,
          `the metric '${instrument}' was given a negative value; counters and histograms take none`,
        ),
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
