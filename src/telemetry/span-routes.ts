import type { Context, SpanContext } from '@opentelemetry/api';
import type { SpanRouting } from '../delivery/destination.js';
import { SignalboxError } from '../signal/signalbox-error.js';
import { BySpan } from './by-span.js';
import { spanOf } from './context.js';

/** What is known of one local span: who gets it, who gets what starts under it, and its local parent. */
interface Entry {
  out: number;
  below: number;
  up: Entry | undefined;
  ended: boolean;
}

/** A bit for each destination, in a small integer. */
const SPAN_DESTINATIONS = 30;
const SAMPLED = 1;
const NOT_INSTALLED =
  'but nothing hands them over; start the SDK by nodeSdk(box, …), or give spanProcessor(box) to the TracerProvider (both of signalbox/sdk)';

/**
 * Which destinations get which span: the span that one of their signals happened on, its local ancestors that are still open, and
 * what starts under it from then on. The destination of other telemetry gets every span.
 */
export class SpanRoutes implements SpanRouting {
  readonly #names: readonly string[];
  readonly #always: number;
  readonly #entries = new BySpan<Entry>();
  readonly #unseen = new BySpan<number>();
  readonly #lost: (destination: string, sentence: string) => void;
  #installed = false;

  /**
   * `lost` is told of each span that a destination should have had, where no span processor of ours is installed.
   *
   * @throws {SignalboxError} When there are more destinations than bits.
   */
  constructor(
    names: readonly string[],
    always: string | undefined,
    lost: (destination: string, sentence: string) => void,
  ) {
    if (names.length > SPAN_DESTINATIONS)
      throw new SignalboxError(
        `createSignalbox: ${names.length} destinations take spans. ${SPAN_DESTINATIONS} can at most: let some share a collector, which fans out better.`,
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

  /** A signal that is routed to the destinations of a mask happened on this span. */
  mark(spanContext: SpanContext, mask: number): void {
    const entry = this.#entries.get(spanContext);
    if (!entry) {
      if (!this.#installed) this.#missed(spanContext, mask);
      return;
    }
    entry.below |= mask;
    for (let e: Entry | undefined = entry; e && (e.out & mask) !== mask; e = e.up) e.out |= mask;
  }

  /** A span goes wherever another one goes by now. */
  follow(spanContext: object, leader: object): void {
    const entry = this.#entries.get(spanContext);
    if (entry) entry.out |= this.#entries.get(leader)?.out ?? 0;
  }

  /** The destinations of a span that ended. Afterwards it is no open ancestor any more. */
  ended(spanContext: object): readonly string[] {
    const entry = this.#entries.get(spanContext);
    if (entry) entry.ended = true;
    return this.#namesOf(entry?.out ?? this.#always);
  }

  #missed(spanContext: SpanContext, mask: number): void {
    const told = this.#unseen.get(spanContext) ?? 0;
    const untold = mask & ~told;
    // A span that is not sampled would have reached nobody.
    if (untold === 0 || (spanContext.traceFlags & SAMPLED) === 0) return;
    this.#unseen.set(spanContext, told | untold);
    for (const name of this.#namesOf(untold))
      this.#lost(name, `spans are routed to '${name}', ${NOT_INSTALLED}`);
  }

  #namesOf(mask: number): readonly string[] {
    return this.#names.filter((_, i) => mask & (1 << i));
  }

  /** A bit for each of the destinations. */
  maskOf(destinations: readonly string[]): number {
    let mask = 0;
    for (const name of destinations) {
      const bit = this.#names.indexOf(name);
      if (bit >= 0) mask |= 1 << bit;
    }
    return mask;
  }
}

// Spans that have ended would else be held by those that started within them, in a chain as long as the process lives.
function openFrom(entry: Entry | undefined): Entry | undefined {
  let open = entry;
  while (open?.ended) open = open.up;
  return open;
}
