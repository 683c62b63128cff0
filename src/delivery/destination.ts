import type { Context, HrTime, Meter, SpanContext } from '@opentelemetry/api';
import type { Emission } from '../emission/emission.js';
import type { RevealKey } from '../emission/reveal.js';
import type { Snapshot } from '../emission/snapshot.js';
import type { Account, Channel } from './account.js';
import type { Receipt } from './receipt.js';
import type { Report } from './report.js';

/** The app's resource, as the SDKs of both lines have it. */
export interface ResourceLike {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly asyncAttributesPending?: boolean | undefined;
  waitForAsyncAttributes?(): Promise<void>;
}

/** What something is emitted inside of: it is given to none of these destinations, each by what stands for it in all boxes. */
export interface Inside {
  readonly destinations: ReadonlySet<object>;
  /** How often over calls that had ended led to it. */
  readonly depth: number;
}

/**
 * One call of a destination. Async contexts hold it, and what was first opened in the call (a socket, a timer) holds it for as long as
 * it lives: `alive` says whether the call itself still lasts. Who has it made sets that to false.
 */
export interface Mark extends Inside {
  alive: boolean;
  /** When it began, in milliseconds of a monotonic clock; 0 where no call that had ended led to it. */
  readonly since: number;
}

/** How {@link Connection.inside} runs a function. */
export interface How {
  /** The call that it is part of. None: a call of its own, until it returns or the promise that it answers is settled. */
  readonly mark?: Mark | undefined;
  /** What it does is not traced either: an exporter's own requests would make spans without end. */
  readonly untraced?: boolean | undefined;
  /** It emits nothing, so nothing has to be carried over its awaits. */
  readonly quiet?: boolean | undefined;
}

/** What a box gives a destination when it connects it. */
export interface Connection {
  /** The destination's name in the box. */
  readonly name: string;
  readonly account: (channel: Channel) => Account;
  readonly report: Report;
  /**
   * The mark of one call of this destination for something that was emitted inside of `around`. What waited in a queue belongs where it was
   * emitted, not where the queue was woken.
   */
  readonly mark: (around?: Inside) => Mark;
  /**
   * Calls a function of the app's in the async context in which the box was made, without a span, and marked so that what is emitted in it
   * is not given to this destination. `'untraced'` is `{ untraced: true }`; where that answers no promise the call never ends.
   */
  readonly inside: <T>(fn: () => T, how?: How | 'untraced') => T;
  /** Runs work of the destination's own in the async context in which the box was made: timers that it sets and promises that it makes. */
  readonly home: <T>(fn: () => T) => T;
  /** Epoch milliseconds by the box's clock. */
  readonly now: () => number;
  /** One thing that all destinations of the box share: made by the first that asks. */
  readonly shared: <T>(key: string, make: () => T) => T;
  /** Whether this destination is routed a signal that feeds the instrument, or is `otherTelemetry` where none does. */
  readonly takesInstrument: (instrument: string) => boolean;
  /** Whether log records say the event's name as an attribute too. */
  readonly eventNames?: boolean | undefined;
  /** The app's resource, as far as it has been found. */
  readonly resource: () => ResourceLike;
  /** What tells the points of this box from those of others. */
  readonly points?: PointMarks | undefined;
}

/** A deadline as milliseconds from now, and the signal that fires at it. */
export interface Deadline {
  readonly timeoutMillis: number;
  readonly signal: AbortSignal;
}

/** Which box of the process points are of, where that has to be told. */
export interface PointMarks {
  /** This box's, among all that write points. */
  readonly number: number;
  /** That of the app's own SDK, for the boxes that it adds up. */
  readonly otel: number;
  /** Who has them unmarked. */
  first(points: MarkedPoints): number | undefined;
  /** The attributes to add to these points of this box; none where they leave as they are. */
  mark(points: MarkedPoints): Readonly<Record<string, number>> | undefined;
}

/** Points of one instrument, as far as marks go. */
export interface MarkedPoints {
  /** By its own name, whatever views make of it. */
  readonly instrument: string;
  /** Whether it is looked at when it is collected. */
  readonly observed: boolean;
  /** Whether they are of its overflow series. */
  readonly overflow?: boolean;
  /** Whether the app's own SDK is given them, which tells them as long as it lives. */
  readonly given?: boolean;
}

/** Something that aggregates measurements: the app's own metrics SDK, or the box's aggregation. */
export interface MetricBackend {
  /** The meter as it is now; another identity after the SDK was replaced; none where there is no SDK. */
  meter(): Meter | undefined;
  /** Whether it says itself which box its points are of. */
  readonly marks?: boolean;
  /** Whether it keeps the very object of the labels, as SDKs do, whose exporters may change it: it is given one of its own. */
  readonly keepsLabels?: boolean;
  /** Whether what is counted may wait for its next collection, and is given as one sum a series then. */
  readonly addsUp?: boolean;
  /** Whether it is given no such value, since its sum might not hold it; where it sums up itself, it refuses itself. */
  refuses?(value: number): boolean;
  /** Whether it tells the last value of an observed series for ever, as SDKs do: an end has to be observed there. */
  readonly remembers?: boolean;
  /** Told of each measurement, or of `n` of them. */
  counted(outcome: Measured, error?: unknown, n?: number): void;
}

/** What became of a measurement: it was taken, there was no meter, it was too large, there was no room to keep it, or the SDK threw. */
export type Measured = 'taken' | 'absent' | 'overflow' | 'full' | 'threw';

/** What was measured of an instrument while it was not known whether a destination is to get it. */
export interface Reserved {
  readonly series: readonly {
    readonly labels: Readonly<Record<string, string | number | boolean>>;
    /** To be recorded one by one. */
    readonly values: readonly number[];
    /** How many measurements they stand for. */
    readonly count: number;
  }[];
  /** Measurements that there was no room for. */
  readonly lost: number;
  /** Measurements that were too large for their sum. */
  readonly refused: number;
}

/** Keeps measurements for a backend that can not take them back. */
export interface ReserveLike extends MetricBackend {
  readonly instruments: readonly string[];
  take(instrument: string): Reserved | undefined;
}

/** One emission as all log channels get it. */
export interface LogEntry {
  readonly snapshot: Snapshot;
  readonly time: HrTime;
  /** When it was told, which may be later than it happened. */
  readonly observed: HrTime;
  readonly context: Context;
  /** It is the context that is active now. */
  readonly isActive: boolean;
  readonly spanContext: SpanContext | undefined;
  /** Whether a bridge in the app's log pipeline may put it on the span. */
  readonly bridged: boolean;
  /** How often over calls that had ended led to it, as {@link Inside} says. */
  readonly depth: number;
}

/** How much waits or is in flight, and how much can at most. */
export interface QueueSize {
  readonly size: number;
  /** `Infinity` where the bytes alone bound it. */
  readonly capacity: number;
  /** The bytes of what waits or is in flight, as they are estimated. */
  readonly bytes: number;
  readonly capacityBytes: number;
}

/** A connected destination: what the box hands things to. Nothing of it may throw, but for want of stack. */
export interface Port {
  readonly kind: 'otel' | 'sink' | 'exporters';
  /** What it reports as delivered survives a crash of the process and of the machine. */
  readonly durable?: boolean;
  /**
   * Takes one emission of so many bytes on the `sink` channel, with what it was emitted inside of and who waits for its outcome, and counts
   * it. Throws only where it neither takes nor counts it.
   */
  accept?(emission: Emission, around?: Inside, bytes?: number, receipt?: Receipt): void;
  /** Takes one emission on the `logs` channel, with the sensitive fields that it may see, and counts it. */
  log?(entry: LogEntry, reveal: RevealKey): void;
  /** Takes one finished span on the `spans` channel, and counts it. */
  span?(span: object): void;
  /** Takes one log record of the app's own on the `logs` channel, and counts it. */
  record?(record: object): void;
  /** Whether a log record of this box is being given to the app's own pipeline now, which is done before the call returns. */
  readonly handing?: boolean;
  /** Where measurements for it go. Destinations may share one. */
  readonly metrics?: MetricBackend | undefined;
  /** Where those are kept that may be for it yet; a backend that gives nothing away unasked keeps them itself. */
  readonly reserve?: ReserveLike | undefined;
  /**
   * A metric reader that takes the app's own metrics to it, for an SDK's MeterProvider. `handed` says whether the box gives measurements
   * of an instrument to that SDK itself: others of our scope come from other boxes.
   */
  reader?(saw: (resource: object) => void, handed: (instrument: string) => boolean): object | undefined;
  /** Is told the views of the app's SDK, which are applied to what it is given of metrics. */
  views?(views: readonly object[]): void;
  queue?(): QueueSize;
  /** Whether it holds back what it was given for some time, so that it is flushed when the process has nothing left to do. */
  readonly holdsBack?: boolean;
  /** Settles when what was taken so far has an outcome, or at the deadline. */
  forceFlush(deadline: Deadline): Promise<void>;
  /** As forceFlush; what has no outcome at the deadline is counted `shutdown`, what comes later `closed`. */
  shutdown(deadline: Deadline): Promise<void>;
}

/** Which destinations get which spans. */
export interface SpanRouting {
  /** Spans come to it from now on. */
  install(): void;
  started(spanContext: object, parent: Context): void;
  /** A signal that is routed to the destinations of a mask happened on this span. */
  mark(spanContext: SpanContext, mask: number): void;
  /** A span goes wherever another one goes by now. */
  follow(spanContext: object, leader: object): void;
  /** The destinations of a span that ended. Afterwards it is no open ancestor any more. */
  ended(spanContext: object): readonly string[];
  /** A bit for each of the destinations. */
  maskOf(destinations: readonly string[]): number;
  /** A sentence on a destination that takes spans, where none come. */
  problemOf(destination: string): string | undefined;
}

/**
 * Makes it for the destinations of a box that take spans. `always` gets every span. `lost` is told of each span that a destination should
 * have had, where none come, and is given a sentence on that.
 */
export type MakeSpanRouting = (
  names: readonly string[],
  always: string,
  lost: (destination: string, sentence: string) => void,
) => SpanRouting;

/** A named place that signals go to. The core knows no kind of it by name. */
export interface Destination {
  readonly kind: 'sink' | 'exporters';
  readonly channels: readonly Channel[];
  /** Of what takes spans. One of them makes it for all of a box. */
  readonly spanRouting?: MakeSpanRouting;
  connect(connection: Connection): Port;
}
