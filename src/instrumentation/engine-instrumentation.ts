import type { InstrumentationConfig } from '@opentelemetry/instrumentation';
import { InstrumentationBase } from '@opentelemetry/instrumentation';
import { rest } from '../adapters/common/claim.js';
import type { WithCore } from '../box/core.js';
import { coreOf } from '../box/core.js';
import { SignalboxError, shown } from '../signal/problem.js';
import { SCOPE } from '../telemetry/scope.js';

/** A box, or a function that gives it once it is there: it is asked when an engine is first used. */
export type BoxSource = WithCore | (() => WithCore | undefined);

/** How one engine is instrumented, beside how its jobs are observed. */
export interface Switch {
  /** `false`: it is made without being switched on; `enable()` does that, and so does `registerInstrumentations`. Default `true`. */
  readonly enabled?: boolean | undefined;
}

/** What observes an engine on a box, and by what owner. */
export interface Observer {
  readonly owner: object;
}

/** What the instrumentations of engines share. */
export abstract class EngineInstrumentation<O extends Observer> extends InstrumentationBase {
  readonly #source: BoxSource;
  readonly #connect: (box: WithCore) => O;
  #observer: O | undefined;
  #box: WithCore | undefined;
  #reported = false;
  #on = false;

  /** Switched off until `enable()`. */
  constructor(name: string, source: BoxSource, connect: (box: WithCore) => O) {
    // Its constructor calls init(), and enable() where that is wanted, before there is anything of ours.
    super(`signalbox/${name}`, SCOPE.version ?? '0.0.0', { enabled: false });
    this.#source = source;
    this.#connect = connect;
  }

  /** What observes it; undefined while it is off, and until there is a box. */
  protected observer(): O | undefined {
    return this.#on ? (this.#observer ?? this.#connected()) : undefined;
  }

  /** What observed it before it was switched off too. */
  protected lastObserver(): O | undefined {
    return this.#observer;
  }

  protected box(): WithCore | undefined {
    return this.#box;
  }

  /** Observes what is known of the engine. */
  protected abstract switchedOn(): void;
  /** Gives that back as it was. */
  protected abstract switchedOff(): void;

  override enable(): void {
    if (this.#on) return;
    this.#on = true;
    if (this.#observer) rest(this.#observer.owner, false);
    this.setConfig({ ...this.getConfig(), enabled: true } as InstrumentationConfig);
    this.switchedOn();
    super.enable();
  }

  override disable(): void {
    if (!this.#on) return;
    this.#on = false;
    if (this.#observer) rest(this.#observer.owner, true);
    this.setConfig({ ...this.getConfig(), enabled: false } as InstrumentationConfig);
    this.switchedOff();
    super.disable();
  }

  #connected(): O | undefined {
    try {
      this.#box = typeof this.#source === 'function' ? this.#source() : this.#source;
      if (this.#box) this.#observer = this.#connect(this.#box);
    } catch (error) {
      // The app's engine runs as it is. It is asked again at the next use, and reported once.
      if (!this.#reported)
        this._diag.error('the box could not be had', error instanceof Error ? error.message : shown(error));
      this.#reported = true;
    }
    return this.#observer;
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
