import { atDeadline, untilDeadline } from '../delivery/deadline.js';
import type { Connection, Deadline, MetricBackend, PointMarks } from '../delivery/destination.js';
import { SCOPE } from '../telemetry/scope.js';
import type { BoxMetrics } from './box-metrics.js';
import { boxMetrics } from './box-metrics.js';
import type { MetricExporterLike } from './exporter-like.js';
import { closer } from './exporter-users.js';
import { askExporter } from './flush-exporter.js';
import { JoinedRuns } from './joined-runs.js';
import type { CollectedMetrics } from './metric-batch.js';
import type { Member, MetricTimes } from './metric-group.js';
import { MetricGroup } from './metric-group.js';
import { MetricQueue } from './metric-queue.js';
import type { Patience } from './metrics/collection-timeout.js';
import type { InstrumentType, MetricData } from './metrics/point.js';
import { CUMULATIVE } from './metrics/point.js';
import type { Collector } from './metrics/recorded-stream.js';
import type { ViewAggregation, ViewLike } from './metrics/view.js';
import { DEFAULT } from './metrics/view.js';
import { readiness } from './resource-ready.js';

/** The metrics channel of one exporter destination. It collects for itself, so that its exports affect no other destination. */
export class MetricExports implements Member {
  readonly #exporter: MetricExporterLike;
  readonly #connection: Connection;
  readonly #times: MetricTimes;
  readonly #queue: MetricQueue;
  readonly #group: MetricGroup;
  readonly #collector: Collector;
  readonly #runs: JoinedRuns;
  readonly #ready: () => Promise<void> | undefined;
  readonly #closer: () => Promise<void> | undefined;
  readonly #box: BoxMetrics;
  readonly #hasViews: boolean;
  #ending = false;

  constructor(
    exporter: MetricExporterLike,
    connection: Connection,
    times: MetricTimes,
    views: readonly ViewLike[] | undefined,
  ) {
    this.#exporter = exporter;
    this.#connection = connection;
    this.#hasViews = views !== undefined;
    this.#box = boxMetrics(connection, { views, wants: (type) => this.aggregation(type) });
    this.#times = times;
    this.#queue = new MetricQueue(exporter, connection, times.timeoutMillis);
    this.#ready = readiness(connection);
    this.#closer = closer(exporter);
    this.#collector = { temporality: (type) => this.temporality(type) };
    this.#runs = new JoinedRuns(() => this.#run());
    const { groups, aggregation, members } = this.#box;
    aggregation.addCollector(this.#collector);
    members.add({
      collector: this.#collector,
      takes: connection.takesInstrument,
      account: connection.account('metrics'),
    });
    const key = `${times.intervalMillis} ${times.timeoutMillis}`;
    const group =
      groups.get(key) ?? new MetricGroup(times.intervalMillis, () => aggregation.look(times.timeoutMillis));
    groups.set(key, group);
    group.join(this);
    this.#group = group;
  }

  get backend(): MetricBackend {
    return this.#box;
  }

  get marks(): PointMarks | undefined {
    return this.#connection.points;
  }

  get patience(): Patience {
    return this.#box.aggregation.patience;
  }

  takes(instrument: string): boolean {
    return this.#connection.takesInstrument(instrument);
  }

  /** Whether the box has such an instrument for its exporter destinations. */
  has(instrument: string): boolean {
    return this.#box.instruments.has(instrument);
  }

  /** The instrument that a metric belongs to, by the views that the app's SDK and the box have in common. */
  instrumentOf(metric: string): string {
    return this.#box.instruments.instrumentOf(metric);
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

  /** Applies the views of the app's SDK, unless the destination has views of its own. */
  views(views: readonly ViewLike[]): void {
    if (!this.#hasViews) this.#box.instruments.use(views);
  }

  /** The aggregation that the exporter wants, for the box's instruments and for those of the app's own SDK. */
  aggregation(type: InstrumentType): ViewAggregation {
    try {
      const chosen = this.#connection.inside(() => this.#exporter.selectAggregation?.(type as never));
      // Without an aggregation, the SDK throws into the app.
      return typeof chosen?.type === 'number' ? chosen : { type: DEFAULT };
    } catch (error) {
      this.#tell('aggregation', 'its metric exporter could not say how to aggregate', error);
      return { type: DEFAULT };
    }
  }

  /** Whether the shutdown has begun: the channel takes nothing new. */
  get ending(): boolean {
    return this.#ending;
  }

  get times(): MetricTimes {
    return this.#times;
  }

  /** Runs one collection and its export. Settles with the outcome; never rejects. */
  collect(): Promise<void> {
    return this.#runs.ask();
  }

  async #run(): Promise<void> {
    const { name, report } = this.#connection;
    try {
      const { aggregation } = this.#box;
      await this.resourceReady();
      const wanted = (stream: string): boolean => this.takes(this.#box.instruments.instrumentOf(stream));
      const look = this.#group.look();
      const own = await aggregation.collect(this.#collector, wanted, this.#times.timeoutMillis, look);
      await this.#export(own);
    } catch (error) {
      report(`${name} metrics collect`, `destination '${name}': metrics could not be collected`, error);
    }
  }

  /**
   * Settles when the app's resource is known, or when the wait for it is over. The wait comes before a collection: new measurements
   * stay in the aggregation meanwhile, even if the time limit of one export is short.
   */
  async resourceReady(): Promise<void> {
    const ready = this.#connection.inside(this.#ready, 'untraced');
    if (!ready) return;
    try {
      await this.patience.within(() => ready);
    } catch {
      // The shutdown does not wait. It exports with the attributes known so far.
    }
  }

  // If a collection comes after the shutdown, the queue drops its points and counts them.
  async #export(metrics: readonly MetricData[]): Promise<void> {
    const collected = {
      resource: this.#connection.resource(),
      scopeMetrics: [{ scope: SCOPE, metrics }],
    };
    try {
      await this.patience.within(() => this.#queue.take(collected, 'shutdown'));
    } catch {
      // An exporter that hangs does not hold up the last collection. Its open call goes on.
    }
  }

  /** Exports points that a reader of the app's SDK collected, and counts each. Settles with the outcome; never rejects. */
  send(collected: CollectedMetrics): Promise<void> {
    return this.#queue.take(collected, 'closed');
  }

  /** Reports that a reader of the app's SDK could not collect points. */
  missed(error: unknown): void {
    this.#tell('foreign', "some of the app's own metrics could not be collected", error);
  }

  async forceFlush(deadline: Deadline): Promise<void> {
    if (this.#ending) return;
    await untilDeadline(
      this.collect().then(() => this.#queue.idle()),
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

  /** Closes the exporter when everything is exported, including what `others` export through it, or at the deadline. */
  async shutdown(deadline: Deadline, others: () => Promise<unknown>): Promise<void> {
    this.#ending = true;
    this.#group.leave(this);
    if (!deadline.signal.aborted) this.patience.hurry(deadline.timeoutMillis);
    // The last collection always happens. If it comes too late, it counts the lost points.
    const undo = atDeadline(deadline, () => this.#queue.close());
    const taken = Promise.all([others(), this.#runs.end()]);
    await untilDeadline(
      taken.then(() => this.#queue.idle()),
      deadline,
    );
    undo();
    this.#queue.close();
    await askExporter(this.#connection, this.#closer, deadline, (error) =>
      this.#tell('close', 'its metric exporter could not be shut down', error),
    );
  }

  #tell(key: string, message: string, error: unknown): void {
    const { name, report } = this.#connection;
    report(`${name} metrics ${key}`, `destination '${name}': ${message}`, error);
  }
}
