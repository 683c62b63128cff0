import { atDeadline, untilDeadline } from '../delivery/deadline.js';
import type { Connection, Deadline, MetricBackend } from '../delivery/destination.js';
import { SCOPE } from '../telemetry/providers.js';
import { askExporter } from './ask.js';
import { boxMetrics } from './box-metrics.js';
import type { CollectedMetrics } from './collected.js';
import type { AggregationLike, MetricExporterLike } from './like.js';
import type { Member, MetricTimes } from './metric-group.js';
import { MetricGroup } from './metric-group.js';
import { MetricLane } from './metric-lane.js';
import type { Patience } from './metrics/patience.js';
import type { InstrumentType, MetricData } from './metrics/point.js';
import { CUMULATIVE, INSTRUMENT_TYPES } from './metrics/point.js';
import { closer } from './users.js';

/** The metrics channel of one exporter destination. */
export class MetricExports implements Member {
  readonly #exporter: MetricExporterLike;
  readonly #connection: Connection;
  readonly #times: MetricTimes;
  readonly #lane: MetricLane;
  readonly #group: MetricGroup;
  readonly #closer: () => Promise<void> | undefined;
  #ending = false;

  constructor(exporter: MetricExporterLike, connection: Connection, times: MetricTimes) {
    this.#exporter = exporter;
    this.#connection = connection;
    this.#times = times;
    this.#lane = new MetricLane(exporter, connection, times.timeoutMillis);
    this.#closer = closer(exporter);
    const { groups, aggregation, members } = boxMetrics(connection);
    members.add({ takes: connection.takesInstrument, account: connection.account('metrics') });
    const temporality = (type: InstrumentType): number => this.temporality(type);
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
    try {
      const chosen = this.#connection.inside(() =>
        this.#exporter.selectAggregationTemporality?.(type as never),
      );
      return chosen ?? CUMULATIVE;
    } catch {
      return CUMULATIVE;
    }
  }

  /** What the exporter wants instruments of the app's own SDK to be aggregated to. */
  aggregation(type: InstrumentType): AggregationLike {
    try {
      const chosen = this.#connection.inside(() => this.#exporter.selectAggregation?.(type as never));
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
      await this.patience.within(() => this.#lane.take(collected, 'shutdown'));
    } catch {
      // An exporter that hangs does not keep its group from the last collection. What it has in flight goes on.
    }
  }

  /** Exports points that someone else collected, and counts each. Settles with the outcome; never rejects. */
  send(collected: CollectedMetrics): Promise<void> {
    return this.#lane.take(collected, 'closed');
  }

  /** Points of someone else could not be collected. */
  missed(error: unknown): void {
    this.#tell('foreign', "some of the app's own metrics could not be collected", error);
  }

  async forceFlush(deadline: Deadline): Promise<void> {
    if (this.#ending) return;
    await untilDeadline(
      this.#group.collect().then(() => this.#lane.idle()),
      deadline,
    );
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
    // Its group knows it until the last collection: where that comes too late, it says what is lost.
    const undo = atDeadline(deadline, () => this.#lane.close());
    const taken = Promise.all([others(), this.#group.leave(this)]);
    await untilDeadline(
      taken.then(() => this.#lane.idle()),
      deadline,
    );
    undo();
    this.#lane.close();
    await askExporter(this.#connection, this.#closer, deadline, (error) =>
      this.#tell('close', 'its metric exporter could not be shut down', error),
    );
  }

  #tell(key: string, message: string, error: unknown): void {
    const { name, report } = this.#connection;
    report(`${name} metrics ${key}`, `destination '${name}': ${message}`, error);
  }
}

// 0 is the SDK's AggregationType.DEFAULT.
const DEFAULT_AGGREGATION: AggregationLike = { type: 0 };
