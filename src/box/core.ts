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
 * The interface of a box for the layers above it (`signalbox/jobs`, adapters). They reach it through a registered symbol, so that it works
 * across copies of one release and across module formats. Not for apps.
 */
export interface Core {
  /** False once the box was disabled. */
  enabled(): boolean;
  /** Registers signals. Throws if the box knows a different signal of the same name. */
  register(signals: readonly AnySignal[]): void;
  /** @param bound Fields that the emission carries beside those of its signal. */
  emit(signal: AnySignal, fields: object, options?: CoreEmitOptions, bound?: Bound): void;
  /** Reads and binds values. They take precedence over those of `under`. */
  bind(values: BoundValues | object, under?: Bound): Bound | undefined;
  /** The box with bound fields. */
  bound(bound: Bound | undefined): BoundBox;
  tracer(): Tracer | undefined;
  observe(definition: ObservableDefinition, observe: Observe): () => void;
  /** Attaches observed metrics to SDKs that started after the last call. */
  refresh(): void;
  /** Describes and redacts a thrown value. A described value is returned as it is. */
  describeError(thrown: unknown): DescribedError;
  /** The error type as a metric label: `_OTHER` for a new type once too many distinct types were seen. */
  errorLabel(type: string): string;
  /** A clock that keeps its anchor. */
  anchoredClock(): AnchoredClock;
  now(): number;
  /** Whether the wall clock was set during the last `millis` milliseconds. */
  isInDoubt(millis: number): boolean;
  /** The correction for a moment that this clock gave before the wall clock was set. */
  shiftOf(moment: number): number;
  activeContext(): Context;
  /** A context in which nothing is active. The app's context manager made it. */
  rootContext(): Context;
  runIn<T>(context: Context, fn: () => T): T;
  /** Makes a flush wait for background work that emits signals when it ends. */
  tellLater(work: Promise<unknown>): void;
  /** Makes a shutdown call `tell`, which emits signals for work that is still open. `tell` must not throw. Returns the undo. */
  tellAtEnd(tell: () => void): () => void;
  readonly report: Report;
  readonly spanRoutes: SpanRouting;
  readonly spansSeen: SpansSeen;
  /** The trace context that jobs carry if the app has no propagator: W3C trace context, or none. */
  readonly propagation: Propagation;
  readonly resource: ResourceFinder;
  readonly ports: ReadonlyMap<string, Port>;
  /** Whether a destination gets measurements of an instrument. */
  takesInstrument(destination: string, instrument: string): boolean;
  /** The channels of each destination, by its name. */
  readonly channels: ReadonlyMap<string, ReadonlySet<string>>;
  /** The destination of telemetry that belongs to no signal of the box. */
  readonly otherTelemetry: string;
  instrumentation(): Instrumentation;
  /** Prints hints for developers on the console. Undefined outside development mode. */
  readonly development?: DevelopmentConsole | undefined;
  /** State that the layers above keep for this box, shared by all copies of the package. */
  readonly shared: Map<string, unknown>;
}

/** The development console, for the layers above. */
export interface DevelopmentConsole {
  /** The app's present place in the code, for a hint that is printed later. */
  here(): Error;
  /** Prints that something is not observed. The sentence contains the fix. */
  unobserved(sentence: string, at?: Error): void;
}

/** The key in {@link Core.shared} of a function with which the layers above list their own problems as sentences. */
export const PROBLEMS = 'problems';

/** Its number grows with every change of {@link Core}, so that a box of another release is recognised. */
export const CORE: unique symbol = Symbol.for('signalbox.core.5');
const ANY_CORE = /^signalbox\.core(\.\d+)?$/;

/** A box with its core. */
export interface WithCore {
  readonly [CORE]: Core;
}

/**
 * The core of a box.
 *
 * @param where The public function that needs the core, for the message.
 * @throws {SignalboxError} When `box` is not a box, or is a box of another release.
 */
export function coreOf(where: string, box: WithCore): Core {
  const core: Core | undefined = (box as Partial<WithCore> | undefined)?.[CORE];
  if (core) return core;
  const keys = typeof box === 'object' && box !== null ? Object.getOwnPropertySymbols(box) : [];
  if (keys.some(({ description = '' }) => ANY_CORE.test(description)))
    throw new SignalboxError(
      `${where}: the box is of another release of signalbox. Have one version in the app: \`npm ls signalbox\` lists the releases.`,
    );
  throw new SignalboxError(`${where}: the box is ${shown(box)}. Give what createSignalbox returned.`);
}
