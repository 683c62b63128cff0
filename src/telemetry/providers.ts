import type { Meter, MeterProvider, Tracer, TracerProvider } from '@opentelemetry/api';
import { globalLogs, registry } from './globals.js';
import type { LoggerLike, LoggerProviderLike } from './log-record.js';
import { ProviderSource } from './provider-source.js';
import { SCOPE } from './scope.js';

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
  readonly #tracers: ProviderSource<TracerProvider, Tracer> = new ProviderSource((provider) =>
    provider.getTracer(SCOPE.name, SCOPE.version),
  );
  readonly #meters: ProviderSource<MeterProvider, Meter> = new ProviderSource((provider) =>
    provider.getMeter(SCOPE.name, SCOPE.version),
  );
  readonly #loggers: ProviderSource<LoggerProviderLike, LoggerLike> = new ProviderSource((provider) =>
    provider.getLogger(SCOPE.name, SCOPE.version),
  );
  readonly #meterChanged: () => void;
  #handles: Handles = NONE;
  /** Another provider is used than the handles are of. */
  #isStale = false;
  /** It is another meter's. */
  #hasMoved = false;

  /** `meterChanged` is told when a meter came, went or was replaced: what is observed has to move to it. */
  constructor(meterChanged: () => void = () => {}) {
    this.#meterChanged = meterChanged;
  }

  giveTracer(provider: TracerProvider | undefined): void {
    this.#tracers.given = provider;
  }
  giveMeter(provider: MeterProvider | undefined): void {
    this.#meters.given = provider;
  }
  giveLogger(provider: LoggerProviderLike | undefined): void {
    this.#loggers.given = provider;
  }

  /** Forgets what it was handed. */
  release(): void {
    this.#tracers.given = undefined;
    this.#meters.given = undefined;
    this.#loggers.given = undefined;
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
    // Noted one by one: of a look that throws halfway nothing is forgotten.
    if (this.#tracers.look(api?.trace)) this.#isStale = true;
    if (this.#meters.look(api?.metrics)) this.#isStale = this.#hasMoved = true;
    if (this.#loggers.look(globalLogs())) this.#isStale = true;
    if (this.#isStale) this.#renew();
    return this.#handles;
  }

  #renew(): void {
    this.#isStale = false;
    this.#handles = {
      tracer: this.#tracers.handle,
      meter: this.#meters.handle,
      logger: this.#loggers.handle,
    };
    if (!this.#hasMoved) return;
    this.#hasMoved = false;
    this.#meterChanged();
  }

  /** The providers themselves. */
  found(): Readonly<Record<'tracer' | 'meter' | 'logger', object | undefined>> {
    this.handles();
    return {
      tracer: this.#tracers.provider,
      meter: this.#meters.provider,
      logger: this.#loggers.provider,
    };
  }

  /** The same as a list, for flushing. */
  all(): readonly object[] {
    return Object.values(this.found()).flatMap((provider) => provider ?? []);
  }
}
