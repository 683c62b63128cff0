import type { InstrumentationConfig } from '@opentelemetry/instrumentation';
import { InstrumentationBase } from '@opentelemetry/instrumentation';
import type { WithCore } from '../box/core.js';
import { coreOf } from '../box/core.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { SCOPE } from '../telemetry/scope.js';
import type { Asked, Observer } from './observer.js';

/** A box, or a function that gives it once it is there: it is asked when an engine is first used. */
export type BoxSource = WithCore | (() => WithCore | undefined);

/** How one engine is instrumented, beside how its jobs are observed. */
export interface Switch {
  /** `false`: it is made without being switched on; `enable()` does that, and so does `registerInstrumentations`. Default `true`. */
  readonly enabled?: boolean | undefined;
}

/** What the instrumentations of engines share. */
export abstract class EngineInstrumentation<O extends Observer> extends InstrumentationBase {
  readonly #source: BoxSource;
  readonly #connect: (box: WithCore) => O;
  readonly #reported = new Set<string>();
  #observer: O | undefined;
  #box: WithCore | undefined;
  #on = false;

  /** Switched off until `enable()`. */
  constructor(name: string, source: BoxSource, connect: (box: WithCore) => O) {
    // Its constructor calls init(), and enable() where that is wanted, before there is anything of ours.
    super(`signalbox/${name}`, SCOPE.version ?? '0.0.0', { enabled: false });
    this.#source = source;
    this.#connect = connect;
  }

  /** How the observer is asked for. */
  protected asked(): Asked<O> {
    return {
      now: () => (this.#on ? (this.#observer ?? this.#connected()) : undefined),
      last: () => this.#observer,
      box: () => this.#box,
    };
  }

  /** What goes wrong is reported once, and is no trouble of the app's: its engine runs as it is. */
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

  /** Observes what is known of the engine. */
  protected abstract switchedOn(): void;
  /** Gives that back as it was. */
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

  /** It is asked for again at the next use, where there is none yet. */
  #connected(): O | undefined {
    return this.quietly('the box could not be had', () => {
      this.#box = typeof this.#source === 'function' ? this.#source() : this.#source;
      if (this.#box) this.#observer = this.#connect(this.#box);
      return this.#observer;
    });
  }
}

/** Throws a SignalboxError where a box source is none. */
export function checkSource(where: string, source: unknown): void {
  if (typeof source === 'function') return;
  if (typeof source !== 'object' || source === null)
    throw new SignalboxError(
      `${where}: the box is ${shown(source)}. Give what createSignalbox returned, or a function that returns it.`,
    );
  coreOf(where, source as WithCore);
}
