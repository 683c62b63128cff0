import type { AnySignal, Channel, Counts, ShutdownReport, Signalbox, SignalboxOptions } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import type { Arrivals } from './arrivals.js';
import type { Ledger } from './judge.js';

/** What faults emit: its number says which one arrived. */
export const NUMBERED = defineSignal('FAULT_NUMBERED', {
  message: 'numbered',
  fields: { n: field.int() },
  metrics: [{ type: 'counter', name: 'fault.numbered' }],
});

/** A numbered one with a text. */
export const WORDY = defineSignal('FAULT_WORDY', { fields: { n: field.int(), text: field.string() } });

/** The deadline of a shutdown that has no reason to come to it, however busy the machine is. */
const PATIENCE_MILLIS = 30_000;

/** How long a shutdown may go on behind its deadline before that is a fault: the machine may be busy. */
const SLACK_MILLIS = 3000;

const NOTHING: Counts = { routed: 0, delivered: 0, handedOver: 0, dropped: {}, failed: 0, queued: 0 };

/** What a scene tells its stage. */
export interface SceneParts {
  readonly arrivals: (destination: string) => Arrivals | undefined;
  readonly threw: (error: unknown) => void;
  readonly complain: (text: string) => void;
  readonly mayDouble: (destination: string) => boolean;
}

/** One box, and a count of its own of all that the app gives it. */
export class Scene<D extends string = string> {
  readonly box: Signalbox<D | 'otel'>;
  /** The emits so far, which is the number of the next one. */
  emitted = 0;
  shutdownMillis: number | undefined;
  report: ShutdownReport | undefined;
  readonly #parts: SceneParts;
  readonly #expected = new Map<string, number | 'unknown'>();
  #after = '';

  constructor(options: SignalboxOptions<D>, parts: SceneParts) {
    this.box = createSignalbox<D>(options);
    this.#parts = parts;
  }

  /** Emits so many; `signal` has a field `n`. */
  emit(n = 1, signal: AnySignal = NUMBERED, more: object = {}): void {
    for (let i = 0; i < n; i++) {
      try {
        this.box.emit(signal, { ...more, n: this.emitted } as never);
      } catch (error) {
        this.#parts.threw(error);
      }
      this.emitted++;
    }
  }

  /** Emits so many, and lets the loop turn behind each `every` of them. */
  async emitOverTurns(n: number, every: number): Promise<void> {
    for (let left = n; left > 0; left -= every) {
      this.emit(Math.min(every, left));
      await new Promise<void>((turn) => setImmediate(turn));
    }
  }

  /** A call of the app's of the library: what it throws or rejects with is an exception in the app. */
  async call<T>(fn: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await fn();
    } catch (error) {
      this.#parts.threw(error);
      return undefined;
    }
  }

  /** What had to come to a channel, where it is not what was emitted. */
  expect(destination: string, channel: Channel, n: number | 'unknown'): void {
    this.#expected.set(`${destination} ${channel}`, n);
  }

  counts(destination: string, channel: Channel = 'sink'): Counts {
    return this.box.stats().destinations[destination]?.channels[channel] ?? NOTHING;
  }

  /** Shuts the box down, once; takes the time. */
  async end(timeoutMillis = PATIENCE_MILLIS): Promise<void> {
    if (this.report) return;
    const began = performance.now();
    this.report = await this.call(() => this.box.shutdown({ timeoutMillis }));
    this.shutdownMillis = performance.now() - began;
    this.#after = this.#summary();
    if (this.shutdownMillis > timeoutMillis + SLACK_MILLIS)
      this.#parts.complain(
        `the shutdown took ${Math.round(this.shutdownMillis)} ms with a deadline of ${timeoutMillis} ms`,
      );
  }

  /** Every channel of every destination, as it has to be judged. */
  ledgers(): Ledger[] {
    const { destinations, refused, unrouted } = this.box.stats();
    const passed = this.emitted - unrouted - Object.values(refused).reduce((sum, n) => sum + n, 0);
    return Object.entries(destinations).flatMap(([name, { channels }]) =>
      Object.entries(channels).map(([channel, counts]): Ledger => {
        const carries = channel === 'sink' || channel === 'logs';
        // Whether routes name the app's own providers is the fault's business.
        const usual = carries && name !== 'otel' ? passed : 'unknown';
        const wanted = this.#expected.get(`${name} ${channel}`) ?? usual;
        return {
          where: `${name} ${channel}`,
          emitted: wanted === 'unknown' ? undefined : wanted,
          counts,
          numbers: this.emitted,
          arrivals: carries || channel === 'spans' ? this.#parts.arrivals(name) : undefined,
          mayDouble: this.#parts.mayDouble(name),
        };
      }),
    );
  }

  /** Whether an account is another one than it was right behind the shutdown. */
  get hasChanged(): boolean {
    return this.#after !== this.#summary();
  }

  #summary(): string {
    return JSON.stringify(this.ledgers().map(({ where, counts }) => [where, counts]));
  }
}

/** Accounts added up. */
export function sum(all: readonly Counts[]): Counts {
  const dropped: Record<string, number> = Object.create(null);
  const total = { routed: 0, delivered: 0, handedOver: 0, failed: 0, queued: 0 };
  for (const counts of all) {
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += counts[key];
    for (const [reason, n] of Object.entries(counts.dropped)) dropped[reason] = (dropped[reason] ?? 0) + n;
  }
  return { ...total, dropped };
}
