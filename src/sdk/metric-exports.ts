import type { Meter } from '@opentelemetry/api';
import type { Connection, Deadline, MetricBackend } from '../delivery/destination.js';
import type { Account } from '../delivery/ledger.js';
import { untilDeadline } from '../delivery/turn.js';
import { SCOPE } from '../telemetry/providers.js';
import { Flight } from './flight.js';
import type { MetricExporterLike } from './like.js';
import { Aggregation } from './metrics/aggregation.js';
import type { InstrumentType, MetricData } from './metrics/point.js';
import { CUMULATIVE, INSTRUMENT_TYPES } from './metrics/point.js';
import type { Collector } from './metrics/stream.js';
import { resourceReady } from './resource.js';

/** How metrics are exported. */
export interface MetricTimes {
  readonly intervalMillis: number;
  readonly timeoutMillis: number;
}

/** The metrics channel of one exporter destination. */
export class MetricExports {
  readonly #exporter: MetricExporterLike;
  readonly #connection: Connection;
  readonly #account: Account;
  readonly #times: MetricTimes;
  readonly #group: Group;
  #closed = false;

  constructor(exporter: MetricExporterLike, connection: Connection, times: MetricTimes) {
    this.#exporter = exporter;
    this.#connection = connection;
    this.#account = connection.account('metrics');
    this.#times = times;
    const { groups } = boxMetrics(connection);
    const temporality = temporalityOf(exporter);
    const key = `${INSTRUMENT_TYPES.map(temporality).join('')} ${times.intervalMillis}`;
    const group =
      groups.get(key) ?? new Group(boxMetrics(connection).aggregation, temporality, times.intervalMillis);
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

  /** Exports what is its own of a collection. Settles with the outcome; never rejects. */
  export(metrics: readonly MetricData[]): Promise<void> {
    const own = metrics.filter((metric) => this.takes(metric.descriptor.name));
    return this.send({
      resource: this.#connection.resource(),
      scopeMetrics: [{ scope: SCOPE, metrics: own }],
    });
  }

  /** Exports points that someone collected, and counts each. */
  send(collected: CollectedMetrics): Promise<void> {
    const points = countPoints(collected);
    if (points === 0) return Promise.resolve();
    this.#account.routed(points);
    if (this.#closed) {
      this.#account.dropped('closed', points);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const flight = new Flight<CollectedMetrics>([collected], this.#times.timeoutMillis, (error) => {
        if (error === undefined) this.#account.delivered(points);
        else {
          this.#account.failed(points);
          const { name, report } = this.#connection;
          report(
            `${name} metrics failed`,
            `destination '${name}': an export of ${points} points failed`,
            error,
          );
        }
        resolve();
      });
      flight.start(
        () => resourceReady(this.#connection.resource()),
        ([metrics], done) =>
          this.#connection.inside(() => this.#exporter.export(metrics as never, done), 'untraced'),
      );
    });
  }

  forceFlush(deadline: Deadline): Promise<void> {
    return untilDeadline(this.#group.collect(), deadline);
  }

  async shutdown(deadline: Deadline): Promise<void> {
    await this.forceFlush(deadline);
    this.#closed = true;
    this.#group.leave(this);
    try {
      await untilDeadline(
        this.#connection.inside(() => this.#exporter.shutdown(), 'untraced'),
        deadline,
      );
    } catch (error) {
      this.#connection.report(
        `${this.#connection.name} metrics close`,
        'a metric exporter could not be shut down',
        error,
      );
    }
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

/** Destinations that want the same temporality at the same interval: collected once for all of them. */
class Group {
  readonly #aggregation: Aggregation;
  readonly #collector: Collector;
  readonly #members = new Set<MetricExports>();
  readonly #interval: number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(
    aggregation: Aggregation,
    temporality: (type: InstrumentType) => number,
    intervalMillis: number,
  ) {
    this.#aggregation = aggregation;
    this.#interval = intervalMillis;
    this.#collector = { temporality, collectedAt: undefined };
    aggregation.addCollector(this.#collector);
  }

  join(member: MetricExports): void {
    this.#members.add(member);
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.collect(), this.#interval);
    (this.#timer as { unref?(): void }).unref?.();
  }

  leave(member: MetricExports): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** One collection, exported to all members: a delta is told once, so none may be left out. One at a time. */
  collect(): Promise<void> {
    this.#last = this.#last.then(() => this.#collect());
    return this.#last;
  }

  async #collect(): Promise<void> {
    const members = [...this.#members];
    const metrics = await this.#aggregation.collect(this.#collector, (name) =>
      members.some((m) => m.takes(name)),
    );
    await Promise.all(members.map((member) => member.export(metrics)));
  }
}

interface BoxMetrics extends MetricBackend {
  readonly aggregation: Aggregation;
  readonly groups: Map<string, Group>;
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
