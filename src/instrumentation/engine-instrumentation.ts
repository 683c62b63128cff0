import type { InstrumentationConfig } from '@opentelemetry/instrumentation';
import { InstrumentationBase } from '@opentelemetry/instrumentation';
import type { WithCore } from '../box/core.js';
import { coreOf } from '../box/core.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { SCOPE } from '../telemetry/scope.js';
import type { Asked, Observer } from './observer.js';

/** A box, or a function that returns it once it exists. The instrumentation calls the function when the app first uses an engine. */
export type BoxSource = WithCore | (() => WithCore | undefined);

/** The option that all instrumentations share. */
export interface Switch {
  /** With `false` the instrumentation starts only at `enable()`, which `registerInstrumentations` also calls. Default `true`. */
  readonly enabled?: boolean | undefined;
}

/** The base class of the instrumentations of engines. */
export abstract class EngineInstrumentation<O extends Observer> extends InstrumentationBase {
  readonly #source: BoxSource;
  readonly #connect: (box: WithCore) => O;
  readonly #reported = new Set<string>();
  #observer: O | undefined;
  #box: WithCore | undefined;
  #on = false;

  /** Makes it disabled, until `enable()`. */
  constructor(name: string, source: BoxSource, connect: (box: WithCore) => O) {
    // The base constructor calls init(), and with `enabled` also enable(), before the fields of this class exist.
    super(`signalbox/${name}`, SCOPE.version ?? '0.0.0', { enabled: false });
    this.#source = source;
    this.#connect = connect;
  }

  /** Access to the observer for the engine's hooks. */
  protected asked(): Asked<O> {
    return {
      now: () => (this.#on ? (this.#observer ?? this.#connected()) : undefined),
      last: () => this.#observer,
      box: () => this.#box,
    };
  }

  /** Runs a function of this library. Reports an error once and never throws it into the app: the engine then runs unobserved. */
  protected quietly<T>(what: string, fn: () => T): T | undefined {
    try {
      return fn();
    } catch (error) {
      if (!this.#reported.has(what))
        this._diag.error(what, error instanceof Error ? error.message : shown(error));
      this.#reported.add(what);
      return undefined;
    }
  }

  /** Starts observing the loaded classes of the engine. */
  protected abstract switchedOn(): void;
  /** Restores them. */
  protected abstract switchedOff(): void;

  override enable(): void {
    if (this.#on) return;
    this.#on = true;
    this.#observer?.rest(false);
    this.setConfig({ ...this.getConfig(), enabled: true } as InstrumentationConfig);
    this.switchedOn();
    super.enable();
  }

  override disable(): void {
    if (!this.#on) return;
    this.#on = false;
    this.#observer?.rest(true);
    this.setConfig({ ...this.getConfig(), enabled: false } as InstrumentationConfig);
    this.switchedOff();
    super.disable();
  }

  /** Connects the observer. Without a box it tries again at the next use. */
  #connected(): O | undefined {
    return this.quietly('the box could not be connected', () => {
      this.#box = typeof this.#source === 'function' ? this.#source() : this.#source;
      if (this.#box) this.#observer = this.#connect(this.#box);
      return this.#observer;
    });
  }
}

/** Throws a {@link SignalboxError} unless the source is a box or a function. */
export function checkSource(where: string, source: unknown): void {
  if (typeof source === 'function') return;
  if (typeof source !== 'object' || source === null)
    throw new SignalboxError(
      `${where}: the box is ${shown(source)}. Give what createSignalbox returned, or a function that returns it.`,
    );
  coreOf(where, source as WithCore);
}
