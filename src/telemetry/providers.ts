import type { Meter, MeterProvider, Tracer, TracerProvider } from '@opentelemetry/api';
import { swallow } from '../delivery/guard.js';
import { globalLogs, registry } from './globals.js';
import type { LoggerLike, LoggerProviderLike } from './log-record.js';
import { version } from './version.js';

/** The scope of everything that signalbox makes. */
export const SCOPE: { readonly name: string; readonly version: string } = Object.freeze({
  name: 'signalbox',
  version,
});

/** What the app's own providers give us, as they are at this moment. */
export interface Handles {
  readonly tracer: Tracer | undefined;
  readonly meter: Meter | undefined;
  readonly logger: LoggerLike | undefined;
}

const NONE: Handles = { tracer: undefined, meter: undefined, logger: undefined };

/**
 * Finds the app's providers: those handed to us by `instrumentation()` where they do anything, else the global ones. Looks on
 * each call, for they may start late and be replaced; makes new handles only when their identity changed.
 */
export class Providers {
  #givenTracer: TracerProvider | undefined;
  #givenMeter: MeterProvider | undefined;
  #givenLogger: LoggerProviderLike | undefined;
  #tracer: TracerProvider | undefined;
  #meter: MeterProvider | undefined;
  #logger: LoggerProviderLike | undefined;
  #handles: Handles = NONE;
  #usable = new WeakMap<object, boolean>();
  readonly #meterChanged: () => void;

  /** `meterChanged` is told when a meter came, went or was replaced: what is observed has to move to it. */
  constructor(meterChanged: () => void = () => {}) {
    this.#meterChanged = meterChanged;
  }

  giveTracer(provider: TracerProvider | undefined): void {
    this.#givenTracer = provider;
  }
  giveMeter(provider: MeterProvider | undefined): void {
    this.#givenMeter = provider;
  }
  giveLogger(provider: LoggerProviderLike | undefined): void {
    this.#givenLogger = provider;
  }

  /** Forgets what it was handed. */
  release(): void {
    this.#givenTracer = undefined;
    this.#givenMeter = undefined;
    this.#givenLogger = undefined;
  }

  handles(): Handles {
    try {
      return this.#look();
    } catch {
      // A provider that can not even be looked at is none.
      return NONE;
    }
  }

  #look(): Handles {
    const api = registry();
    const tracer = this.#real(this.#givenTracer) ?? this.#real(api?.trace);
    const meter = this.#realMeter(this.#givenMeter) ?? this.#realMeter(api?.metrics);
    const logger = this.#real(this.#givenLogger) ?? this.#real(globalLogs());
    if (tracer === this.#tracer && meter === this.#meter && logger === this.#logger) return this.#handles;
    this.#handles = {
      tracer:
        tracer === this.#tracer
          ? this.#handles.tracer
          : guarded(() => tracer?.getTracer(SCOPE.name, SCOPE.version)),
      meter:
        meter === this.#meter
          ? this.#handles.meter
          : guarded(() => meter?.getMeter(SCOPE.name, SCOPE.version)),
      logger:
        logger === this.#logger
          ? this.#handles.logger
          : guarded(() => logger?.getLogger(SCOPE.name, SCOPE.version)),
    };
    const moved = meter !== this.#meter;
    this.#tracer = tracer;
    this.#meter = meter;
    this.#logger = logger;
    if (moved) this.#meterChanged();
    return this.#handles;
  }

  /** The providers themselves. */
  found(): { readonly tracer?: object; readonly meter?: object; readonly logger?: object } {
    this.handles();
    return present({ tracer: this.#tracer, meter: this.#meter, logger: this.#logger });
  }

  /** The same as a list, for flushing. */
  all(): readonly object[] {
    return Object.values(this.found());
  }

  // A proxy handed out before the SDK started stands for whatever it delegates to now, or for nothing.
  #real<T extends object>(provider: T | undefined): T | undefined {
    if (!provider) return undefined;
    const proxy = provider as { getDelegate?(): T; _getDelegate?(): T };
    const inner = proxy.getDelegate?.() ?? proxy._getDelegate?.();
    if (inner === undefined) return provider;
    return this.#isNoop(inner) ? undefined : inner;
  }

  #realMeter(provider: MeterProvider | undefined): MeterProvider | undefined {
    return provider && !this.#isNoop(provider) ? provider : undefined;
  }

  // Judged by conduct, since a minifier renames classes: a real provider makes different things for different scopes.
  #isNoop(provider: object): boolean {
    let usable = this.#usable.get(provider);
    if (usable === undefined) {
      usable = guarded(() => probe(provider as Probed)) ?? true;
      this.#usable.set(provider, usable);
    }
    return !usable;
  }
}

function present<T extends object>(given: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}

interface Probed {
  getMeter?(name: string): object;
}

function probe(provider: Probed): boolean {
  if (provider.getMeter) {
    const made = [provider.getMeter(SCOPE.name), provider.getMeter(`${SCOPE.name}.probe`)];
    made.forEach(swallow);
    return made[0] !== made[1];
  }
  // The api's own no-op tracer and logger providers hold nothing and have nothing to flush.
  return 'forceFlush' in provider || 'shutdown' in provider || Object.keys(provider).length > 0;
}

function guarded<T>(fn: () => T | undefined): T | undefined {
  try {
    const made = fn();
    swallow(made);
    return made;
  } catch {
    return undefined;
  }
}
