import type { Context, HrTime, Meter, SpanContext } from '@opentelemetry/api';
import type { Emission } from '../emission/emission.js';
import type { RevealKey } from '../emission/reveal.js';
import type { Snapshot } from '../emission/snapshot.js';
import type { Account, Channel } from './account.js';
import type { Receipt } from './receipt.js';
import type { Report } from './report.js';

/** The app's resource, as SDK 2.x and 3.x define it. */
export interface ResourceLike {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly asyncAttributesPending?: boolean | undefined;
  waitForAsyncAttributes?(): Promise<void>;
}

/** The destinations whose calls caused an emission. None of them gets it. Objects identify them across all boxes. */
export interface Inside {
  readonly destinations: ReadonlySet<object>;
  /** How many calls that had already ended lie between the emission and the first cause. */
  readonly depth: number;
}

/**
 * One call of a destination. Async contexts hold the mark, and a socket or timer that was opened in the call holds it as long as it lives.
 * `alive` says whether the call itself still runs. The code that made the mark sets it to false.
 */
export interface Mark extends Inside {
  alive: boolean;
  /** When the call began, in milliseconds of a monotonic clock; 0 if `depth` is 0. */
  readonly since: number;
}

/** How {@link Connection.inside} runs a function. */
export interface How {
  /** The call that the function belongs to. Default: a new call, which ends when the function returns or its promise settles. */
  readonly mark?: Mark | undefined;
  /** Whether to suppress tracing in it: an exporter's own requests would make spans without end. */
  readonly untraced?: boolean | undefined;
  /** Whether the function emits nothing, so that the mark need not be carried across its awaits. */
  readonly quiet?: boolean | undefined;
}

/** The interface of a box for a destination, passed to `connect`. */
export interface Connection {
  /** The destination's name in the box. */
  readonly name: string;
  readonly account: (channel: Channel) => Account;
  readonly report: Report;
  /**
   * Makes the mark of one call of this destination for an emission that `around` caused. A queued emission belongs to the place where it was
   * emitted, not to the place where the queue was started.
   */
  readonly mark: (around?: Inside) => Mark;
  /**
   * Calls a function of the app in the async context in which the box was made, without a span. The call is marked, so that this destination
   * does not get signals that the function emits. `'untraced'` means `{ untraced: true }`, but a call that returns no promise never ends.
   */
  readonly inside: <T>(fn: () => T, how?: How | 'untraced') => T;
  /** Runs the destination's own code (its timers and promises) in the async context in which the box was made. */
  readonly home: <T>(fn: () => T) => T;
  /** Epoch milliseconds by the box's clock. */
  readonly now: () => number;
  /** An object that all destinations of the box share. The first caller makes it. */
  readonly shared: <T>(key: string, make: () => T) => T;
  /** Whether a route brings this destination a signal of the instrument, or no signal feeds it and this is `otherTelemetry`. */
  readonly takesInstrument: (instrument: string) => boolean;
  /** Whether log records carry the event name as an attribute too. */
  readonly eventNames?: boolean | undefined;
  /** The app's resource, as far as it has been found. */
  readonly resource: () => ResourceLike;
  /** Distinguishes the points of this box from those of other boxes. */
  readonly points?: PointMarks | undefined;
}

/** A deadline as milliseconds from now, and the signal that fires at it. */
export interface Deadline {
  readonly timeoutMillis: number;
  readonly signal: AbortSignal;
}

/** Marks metric points with their box if several boxes of the process write the same instrument. */
export interface PointMarks {
  /** The number of this box among all boxes of the process that write points. */
  readonly number: number;
  /** The number of the app's own SDK, which aggregates the points of several boxes. */
  readonly otel: number;
  /** The number of the writer whose points stay unmarked. */
  first(points: MarkedPoints): number | undefined;
  /** The attributes to add to these points of this box, or undefined for none. */
  mark(points: MarkedPoints): Readonly<Record<string, number>> | undefined;
}

/** The properties of an instrument's points that decide about marks. */
export interface MarkedPoints {
  /** The instrument's own name, before views rename it. */
  readonly instrument: string;
  /** Whether it is an observable instrument. */
  readonly observed: boolean;
  /** Whether the points belong to its overflow series. */
  readonly overflow?: boolean;
  /** Whether the app's own SDK gets them, which exports them as long as it lives. */
  readonly given?: boolean;
}

/** An aggregation of measurements: the app's own metrics SDK, or that of the box. */
export interface MetricBackend {
  /** The present meter. It is another object after the app replaced the SDK, and undefined without an SDK. */
  meter(): Meter | undefined;
  /** Whether it adds the marks of {@link PointMarks} itself. */
  readonly marks?: boolean;
  /** Whether it keeps the labels object, as SDKs do. It then gets an object of its own, because exporters may change it. */
  readonly keepsLabels?: boolean;
  /** Whether counts may wait for its next collection, at which it gets one sum per series. */
  readonly addsUp?: boolean;
  /** Whether the value is too large for a sum of this backend. A backend without this method refuses such values itself. */
  refuses?(value: number): boolean;
  /** Whether it exports the last value of an observed series for ever, as SDKs do: the end of a series must then be observed. */
  readonly remembers?: boolean;
  /** Counts the outcome of `n` measurements. Default: one. */
  counted(outcome: Measured, error?: unknown, n?: number): void;
}

/** The outcome of a measurement: recorded, no meter, too large, no room to keep it, or the SDK threw. */
export type Measured = 'taken' | 'absent' | 'overflow' | 'full' | 'threw';

/** Kept measurements of an instrument from the time before it was known whether a destination gets it. */
export interface Reserved {
  readonly series: readonly {
    readonly labels: Readonly<Record<string, string | number | boolean>>;
    /** Values to record one by one. */
    readonly values: readonly number[];
    /** The number of measurements that the values represent. */
    readonly count: number;
  }[];
  /** How many measurements were lost because there was no room. */
  readonly lost: number;
  /** How many measurements were refused because they were too large for their sum. */
  readonly refused: number;
}

/** Keeps measurements for a backend that can not withdraw a recorded measurement. */
export interface ReserveLike extends MetricBackend {
  readonly instruments: readonly string[];
  take(instrument: string): Reserved | undefined;
}

/** One emission as all log channels get it. */
export interface LogEntry {
  readonly snapshot: Snapshot;
  readonly time: HrTime;
  /** The observed time, which may be later than `time`. */
  readonly observed: HrTime;
  readonly context: Context;
  /** Whether `context` is the active context. */
  readonly isActive: boolean;
  readonly spanContext: SpanContext | undefined;
  /** Whether a bridge in the app's log pipeline adds it to the span. */
  readonly bridged: boolean;
  /** As `depth` of {@link Inside}. */
  readonly depth: number;
}

/** The size of a queue, waiting and in flight, and its bounds. */
export interface QueueSize {
  readonly size: number;
  /** `Infinity` if only the bytes bound it. */
  readonly capacity: number;
  /** The estimated bytes of all items that wait or are in flight. */
  readonly bytes: number;
  readonly capacityBytes: number;
}

/** A connected destination. Its methods may throw only if the stack is exhausted. */
export interface Port {
  readonly kind: 'otel' | 'sink' | 'exporters';
  /** Whether an emission that it reports as delivered survives a crash of the process and of the machine. */
  readonly durable?: boolean;
  /**
   * Accepts and counts one emission on the `sink` channel. `around` is its cause, `receipt` the caller that waits for its outcome. Throws only
   * if it neither accepts nor counts the emission.
   */
  accept?(emission: Emission, around?: Inside, bytes?: number, receipt?: Receipt): void;
  /** Accepts and counts one emission on the `logs` channel. `reveal` names the sensitive fields that it may see. */
  log?(entry: LogEntry, reveal: RevealKey): void;
  /** Accepts and counts one finished span on the `spans` channel. */
  span?(span: object): void;
  /** Accepts and counts one log record of the app itself on the `logs` channel. */
  record?(record: object): void;
  /** Whether the box is handing a log record to the app's own pipeline at this moment, in a synchronous call. */
  readonly handing?: boolean;
  /** The backend for its measurements. Destinations may share one. */
  readonly metrics?: MetricBackend | undefined;
  /** Keeps measurements that a route may still bring it. Undefined if the backend can keep them itself without exporting them. */
  readonly reserve?: ReserveLike | undefined;
  /**
   * A metric reader for an SDK's MeterProvider. It brings the app's own metrics to this destination. `handed` says whether this box itself
   * hands measurements of an instrument to that SDK: other metrics of signalbox's scope come from other boxes.
   */
  reader?(saw: (resource: object) => void, handed: (instrument: string) => boolean): object | undefined;
  /** Receives the views of the app's SDK, to apply them to the metrics of this destination. */
  views?(views: readonly object[]): void;
  queue?(): QueueSize;
  /** Whether it holds emissions back for some time. It is then flushed when the process has nothing left to do. */
  readonly holdsBack?: boolean;
  /** Resolves when every accepted item has an outcome, or at the deadline. */
  forceFlush(deadline: Deadline): Promise<void>;
  /** Flushes and closes. Items without an outcome at the deadline count as `shutdown`, later items as `closed`. */
  shutdown(deadline: Deadline): Promise<void>;
}

/** Which destinations get which spans. */
export interface SpanRouting {
  /** Notes that the app's SDK sends spans to this routing. */
  install(): void;
  started(spanContext: object, parent: Context): void;
  /** Notes that a signal for the destinations of `mask` was emitted on this span. */
  mark(spanContext: SpanContext, mask: number): void;
  /** Sends a span to the destinations that another span has at this moment. */
  follow(spanContext: object, leader: object): void;
  /** Ends a span and returns its destinations. The span is then no longer an open ancestor. */
  ended(spanContext: object): readonly string[];
  /** A mask with one bit for each of the destinations. */
  maskOf(destinations: readonly string[]): number;
  /** A sentence if the destination takes spans but gets none. */
  problemOf(destination: string): string | undefined;
}

/**
 * Makes the span routing for the destinations of a box that take spans. `always` gets every span. If no spans come, the routing calls `lost`
 * for each span that a destination should have got, with a sentence that says why.
 */
export type MakeSpanRouting = (
  names: readonly string[],
  always: string,
  lost: (destination: string, sentence: string) => void,
) => SpanRouting;

/** A named place that signals go to. The core does not know the kinds of destinations. */
export interface Destination {
  readonly kind: 'sink' | 'exporters';
  readonly channels: readonly Channel[];
  /** Set on destinations that take spans. One of them makes the span routing for the whole box. */
  readonly spanRouting?: MakeSpanRouting;
  connect(connection: Connection): Port;
}
