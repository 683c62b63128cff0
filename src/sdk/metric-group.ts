import type { Report } from '../delivery/report.js';
import type { Aggregation } from './metrics/aggregation.js';
import type { InstrumentType, MetricData } from './metrics/point.js';
import type { Collector } from './metrics/stream.js';
import { Rounds } from './rounds.js';

/** How metrics are exported. */
export interface MetricTimes {
  readonly intervalMillis: number;
  readonly timeoutMillis: number;
}

/** What a group collects for. */
export interface Member {
  takes(instrument: string): boolean;
  /** Settles with the outcome; never rejects. */
  export(metrics: readonly MetricData[]): Promise<void>;
}

/** Destinations that want the same temporality at the same times: collected once for all of them. */
export class MetricGroup {
  readonly #aggregation: Aggregation;
  readonly #collector: Collector;
  readonly #members = new Set<Member>();
  readonly #leaving = new Set<Member>();
  readonly #times: MetricTimes;
  readonly #rounds: Rounds;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    aggregation: Aggregation,
    temporality: (type: InstrumentType) => number,
    times: MetricTimes,
    report: Report,
  ) {
    this.#aggregation = aggregation;
    this.#times = times;
    this.#collector = { temporality };
    aggregation.addCollector(this.#collector);
    this.#rounds = new Rounds(() =>
      this.#collect().catch((error: unknown) =>
        report('metrics collect', 'metrics could not be collected', error),
      ),
    );
  }

  join(member: Member): void {
    this.#members.add(member);
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.collect(), this.#times.intervalMillis);
    (this.#timer as { unref?(): void }).unref?.();
  }

  /** One more collection, and it is a member no longer. */
  leave(member: Member): Promise<void> {
    this.#leaving.add(member);
    return this.collect();
  }

  /** It is a member no longer, at once. */
  drop(member: Member): void {
    this.#members.delete(member);
    this.#leaving.delete(member);
    if (this.#members.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** One collection, exported to all members: a delta is told once, so none may be left out. */
  collect(): Promise<void> {
    return this.#rounds.ask();
  }

  async #collect(): Promise<void> {
    const members = [...this.#members];
    for (const member of this.#leaving) this.drop(member);
    const wanted = (name: string): boolean => members.some((member) => member.takes(name));
    const metrics = await this.#aggregation.collect(this.#collector, wanted, this.#times.timeoutMillis);
    await Promise.all(members.map((member) => member.export(metrics)));
  }
}
