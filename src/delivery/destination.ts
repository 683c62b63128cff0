import type { Context, HrTime, Meter, SpanContext } from '@opentelemetry/api';
import type { Emission } from '../emission/emission.js';
import type { RevealKey } from '../emission/redact.js';
import type { Snapshot } from '../emission/snapshot.js';
import type { Account, Channel } from './ledger.js';
import type { Report } from './report.js';

/** The app's resource, as the SDKs of both lines have it. */
export interface ResourceLike {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly asyncAttributesPending?: boolean | undefined;
  waitForAsyncAttributes?(): Promise<void>;
}

/** Destinations at work, each by what stands for it in all boxes: what is emitted inside of them is given to none of them. */
export type Inside = ReadonlySet<object>;

/**
 * How {@link Connection.inside} runs a function. `'untraced'`: what it does is not traced either, for an exporter's own requests would
 * make spans without end. `around`: inside of those and of itself, and of no others, whoever runs it: what waited in a queue belongs
 * where it was given, not where the queue was woken. `quiet`: it emits nothing, so nothing has to be carried over its awaits.
 */
export type How = 'untraced' | { readonly around: Inside | undefined; readonly quiet: boolean };

/** What a box gives a destination when it connects it. */
export interface Connection {
  /** The destination's name in the box. */
  readonly name: string;
  readonly account: (channel: Channel) => Account;
  readonly report: Report;
  /** Runs `fn` in a context without the current span, marked so that emits in it are not given to this destination. */
  readonly inside: <T>(fn: () => T, how?: How) => T;
  /** Epoch milliseconds by the box's clock. */
  readonly now: () => number;
  /** One thing that all destinations of the box share: made by the first that asks. */
  readonly shared: <T>(key: string, make: () => T) => T;
  /** Whether this destination is routed a signal that feeds the instrument, or is the default where none does. */
  readonly takesInstrument: (instrument: string) => boolean;
  /** Whether log records say the event's name as an attribute too. */
  readonly eventNames?: boolean | undefined;
  /** The app's resource, as far as it has been found. */
  readonly resource: () => ResourceLike;
}

/** A deadline as milliseconds from now, and the signal that fires at it. */
export interface Deadline {
  readonly timeoutMillis: number;
  readonly signal: AbortSignal;
}

/** Something that aggregates measurements: the app's own metrics SDK, or the box's aggregation. */
export interface MetricBackend {
  /** The meter as it is now; another identity after the SDK was replaced; none where there is no SDK. */
  meter(): Meter | undefined;
  /** Told of each measurement: it was taken, there was no meter, or the SDK threw. */
  counted(outcome: 'taken' | 'absent' | 'threw', error?: unknown): void;
}

/** One emission as a log channel gets it. */
export interface LogEntry {
  readonly snapshot: Snapshot;
  readonly reveal: RevealKey;
  readonly time: HrTime;
  /** When it was told, which may be later than it happened. */
  readonly observed: HrTime;
  readonly context: Context;
  readonly spanContext: SpanContext | undefined;
  /** Whether a bridge in the app's log pipeline may put it on the span. */
  readonly bridged: boolean;
}

/** How much waits or is in flight, and how much can at most. */
export interface QueueSize {
  readonly size: number;
  readonly capacity: number;
}

/** A connected destination: what the box hands things to. Nothing of it may throw, but for want of stack. */
export interface Port {
  readonly kind: 'otel' | 'sink' | 'exporters';
  /**
   * Takes one emission on the `sink` channel, and what it was emitted inside of; the box counts that it was routed. Throws only where it
   * neither takes nor counts it.
   */
  accept?(emission: Emission, around?: Inside): void;
  /** Takes one emission on the `logs` channel, and counts it. */
  log?(entry: LogEntry): void;
  /** Takes one finished span on the `spans` channel, and counts it. */
  span?(span: object): void;
  /** Takes one log record of the app's own on the `logs` channel, and counts it. */
  record?(record: object): void;
  /** Whether a log record of this box is being given to the app's own pipeline now, which is done before the call returns. */
  readonly handing?: boolean;
  /** Where measurements for it go. Destinations may share one. */
  readonly metrics?: MetricBackend | undefined;
  /**
   * A metric reader that takes the app's own metrics to it, for an SDK's MeterProvider. `handed` says whether the box gives measurements
   * of an instrument to that SDK itself: others of our scope come from other boxes.
   */
  reader?(saw: (resource: object) => void, handed: (instrument: string) => boolean): object | undefined;
  queue?(): QueueSize;
  /** Settles when what was taken so far has an outcome, or at the deadline. */
  forceFlush(deadline: Deadline): Promise<void>;
  /** As forceFlush; what has no outcome at the deadline is counted `shutdown`, what comes later `closed`. */
  shutdown(deadline: Deadline): Promise<void>;
}

/** A named place that signals go to. The core knows no kind of it by name. */
export interface Destination {
  readonly kind: 'sink' | 'exporters';
  readonly channels: readonly Channel[];
  connect(connection: Connection): Port;
}
