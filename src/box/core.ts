import type { Context, Tracer } from '@opentelemetry/api';
import type { Port, SpanRouting } from '../delivery/destination.js';
import type { Report } from '../delivery/report.js';
import type { Bound } from '../emission/bound.js';
import type { DescribedError } from '../emission/describe-error.js';
import type { BoundValues } from '../signal/bound-fields.js';
import type { AnySignal } from '../signal/signal.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { AnchoredClock } from '../telemetry/clock.js';
import type { Instrumentation } from '../telemetry/instrumentation.js';
import type { ObservableDefinition } from '../telemetry/make-instrument.js';
import type { Observe } from '../telemetry/observable-metric.js';
import type { Propagation } from '../telemetry/propagation.js';
import type { ResourceFinder } from '../telemetry/resource-finder.js';
import type { SpansSeen } from '../telemetry/sampler-check.js';
import type { BoundBox } from './bound-box.js';
import type { CoreEmitOptions } from './emit-options.js';

export type { Bound, BoundBox, CoreEmitOptions };

/**
 * What a box offers to the layers above it (`signalbox/jobs`, adapters). Reached through a registered symbol, so that it works across
 * copies of one release and module formats. Not for apps.
 */
export interface Core {
  /** False once the box was disabled. */
  enabled(): boolean;
  /** Makes signals known beforehand. Throws where the box knows another of a name. */
  register(signals: readonly AnySignal[]): void;
  /** `bound`: fields that it has beside those of its signal. */
  emit(signal: AnySignal, fields: object, options?: CoreEmitOptions, bound?: Bound): void;
  /** Reads values that are to be bound, over others. */
  bind(values: BoundValues | object, under?: Bound): Bound | undefined;
  /** The box, bound. */
  bound(bound: Bound | undefined): BoundBox;
  tracer(): Tracer | undefined;
  observe(definition: ObservableDefinition, observe: Observe): () => void;
  /** Attaches observed metrics to SDKs that started since. */
  refresh(): void;
  /** Describes and redacts a thrown value, once. */
  describeError(thrown: unknown): DescribedError;
  /** The error's type where there are few distinct ones so far, else `_OTHER`. */
  errorLabel(type: string): string;
  /** A clock that keeps its anchor. */
  anchoredClock(): AnchoredClock;
  now(): number;
  /** Whether so many milliseconds up to now reach over a moment at which the wall clock was set. */
  isInDoubt(millis: number): boolean;
  /** By how much a moment of its clock has to be moved where it was read before the wall clock was set. */
  shiftOf(moment: number): number;
  activeContext(): Context;
  /** One in which nothing is active, of the app's context manager's own making. */
  rootContext(): Context;
  runIn<T>(context: Context, fn: () => T): T;
  /** Has a flush wait for work that goes on beside the app, and that emits signals when it ends. */
  tellLater(work: Promise<unknown>): void;
  /** Has a shutdown tell, by what never throws, what is still open then. Returns its undo. */
  tellAtEnd(tell: () => void): () => void;
  readonly report: Report;
  readonly spanRoutes: SpanRouting;
  readonly spansSeen: SpansSeen;
  /** What jobs carry where the app has no propagator: W3C trace context, or nothing. */
  readonly propagation: Propagation;
  readonly resource: ResourceFinder;
  readonly ports: ReadonlyMap<string, Port>;
  /** Whether a destination gets measurements of an instrument. */
  takesInstrument(destination: string, instrument: string): boolean;
  /** What each destination takes, by its name. */
  readonly channels: ReadonlyMap<string, ReadonlySet<string>>;
  /** The destination of everything that is no signal of the box. */
  readonly otherTelemetry: string;
  instrumentation(): Instrumentation;
  /** Tells whoever develops the app, on the console; in production there is none. */
  readonly development?: DevelopmentConsole | undefined;
  /** What layers above keep for this box, whichever copy of the package they come from. */
  readonly shared: Map<string, unknown>;
}

/** What layers above tell whoever develops the app. */
export interface DevelopmentConsole {
  /** The place in the app that this is called from, for what turns out wrong later. */
  here(): Error;
  /** What is not observed, as a sentence that has its fix. */
  unobserved(sentence: string, at?: Error): void;
}

/** Under which layers above keep in {@link Core.shared} what tells of their own problems: a function that gives a list of sentences. */
export const PROBLEMS = 'problems';

/** Raised with every change of {@link Core}: boxes of another release are recognised by it. */
export const CORE: unique symbol = Symbol.for('signalbox.core.5');
const ANY_CORE = /^signalbox\.core(\.\d+)?$/;

/** A box, for those who need its core. */
export interface WithCore {
  readonly [CORE]: Core;
}

/**
 * The core of a box.
 *
 * @param where Who asks, for the message.
 * @throws {SignalboxError} When `box` is none, or one of another release.
 */
export function coreOf(where: string, box: WithCore): Core {
  const core: Core | undefined = (box as Partial<WithCore> | undefined)?.[CORE];
  if (core) return core;
  const keys = typeof box === 'object' && box !== null ? Object.getOwnPropertySymbols(box) : [];
  if (keys.some(({ description = '' }) => ANY_CORE.test(description)))
    throw new SignalboxError(
      `${where}: the box is of another release of signalbox. Have one version in the app: \`npm ls signalbox\` shows those that are there.`,
    );
  throw new SignalboxError(`${where}: the box is ${shown(box)}. Give what createSignalbox returned.`);
}
