import type { Context, SpanContext } from '@opentelemetry/api';
import type { SpanRouting } from '../delivery/destination.js';
import { SignalboxError } from '../signal/signalbox-error.js';
import { BySpan } from './by-span.js';
import { spanOf } from './context.js';

/** What we know of one local span: which destinations get it, which get the spans that start under it, and its local parent. */
interface Entry {
  out: number;
  below: number;
  up: Entry | undefined;
  ended: boolean;
}

/** Each destination has a bit in a small integer. */
const SPAN_DESTINATIONS = 30;
const SAMPLED = 1;
const NOT_INSTALLED =
  'but nothing hands them over; start the SDK by nodeSdk(box, …), or give spanProcessor(box) to the TracerProvider (both of signalbox/sdk)';

/**
 * Decides which destinations get which span: the span on which one of their signals happened, its local ancestors that are still
 * open, and the spans that start under it from then on. The destination of other telemetry gets every span.
 */
export class SpanRoutes implements SpanRouting {
  readonly #names: readonly string[];
  readonly #always: number;
  readonly #entries = new BySpan<Entry>();
  readonly #unseen = new BySpan<number>();
  readonly #lost: (destination: string, sentence: string) => void;
  #installed = false;

  /**
   * `lost` is called for each span that a destination should have had, if no span processor of ours is installed.
   *
   * @throws {SignalboxError} If there are more destinations than bits.
   */
  constructor(
    names: readonly string[],
    always: string | undefined,
    lost: (destination: string, sentence: string) => void,
  ) {
    if (names.length > SPAN_DESTINATIONS)
      throw new SignalboxError(
        `createSignalbox: ${names.length} destinations take spans. At most ${SPAN_DESTINATIONS} can: let some share a collector, which fans out better.`,
      );
    this.#names = names;
    this.#always = this.maskOf(always === undefined ? [] : [always]);
    this.#lost = lost;
  }

  install(): void {
    this.#installed = true;
  }

  problemOf(destination: string): string | undefined {
    return this.#installed ? undefined : `spans: '${destination}' takes spans, ${NOT_INSTALLED}`;
  }

  started(spanContext: object, parent: Context): void {
    const parentSpan = spanOf(parent);
    const parentEntry = parentSpan && this.#entries.get(parentSpan.spanContext());
    const below = parentEntry?.below ?? 0;
    const up = openFrom(parentEntry);
    for (let open = up; open; open = open.up) open.up = openFrom(open.up);
    this.#entries.set(spanContext, { out: below | this.#always, below, up, ended: false });
  }

  /** Notes that a signal, routed to the destinations of a mask, happened on this span. */
  mark(spanContext: SpanContext, mask: number): void {
    const entry = this.#entries.get(spanContext);
    if (!entry) {
      if (!this.#installed) this.#missed(spanContext, mask);
      return;
    }
    entry.below |= mask;
    for (let e: Entry | undefined = entry; e && (e.out & mask) !== mask; e = e.up) e.out |= mask;
  }

  /** Gives a span also to the destinations that another span goes to by now. */
  follow(spanContext: object, leader: object): void {
    const entry = this.#entries.get(spanContext);
    if (entry) entry.out |= this.#entries.get(leader)?.out ?? 0;
  }

  /** The destinations of a span that ended. From now on it is no open ancestor. */
  ended(spanContext: object): readonly string[] {
    const entry = this.#entries.get(spanContext);
    if (entry) entry.ended = true;
    return this.#namesOf(entry?.out ?? this.#always);
  }

  #missed(spanContext: SpanContext, mask: number): void {
    const told = this.#unseen.get(spanContext) ?? 0;
    const untold = mask & ~told;
    // An unsampled span would have reached no destination.
    if (untold === 0 || (spanContext.traceFlags & SAMPLED) === 0) return;
    this.#unseen.set(spanContext, told | untold);
    for (const name of this.#namesOf(untold))
      this.#lost(name, `spans are routed to '${name}', ${NOT_INSTALLED}`);
  }

  #namesOf(mask: number): readonly string[] {
    return this.#names.filter((_, i) => mask & (1 << i));
  }

  /** The mask of some destinations, with one bit for each. */
  maskOf(destinations: readonly string[]): number {
    let mask = 0;
    for (const name of destinations) {
      const bit = this.#names.indexOf(name);
      if (bit >= 0) mask |= 1 << bit;
    }
    return mask;
  }
}

// Otherwise spans would keep the ended spans that they started within in memory, in a chain as long as the process lives.
function openFrom(entry: Entry | undefined): Entry | undefined {
  let open = entry;
  while (open?.ended) open = open.up;
  return open;
}
