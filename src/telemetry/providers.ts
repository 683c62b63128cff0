import type { Meter, MeterProvider, Tracer, TracerProvider } from '@opentelemetry/api';
import { globalLogs, registry } from './globals.js';
import type { LoggerLike, LoggerProviderLike } from './log-record.js';
import { ProviderSource } from './provider-source.js';
import { SCOPE } from './scope.js';

/** The handles that the app's own providers give us at this moment. */
export interface Handles {
  readonly tracer: Tracer | undefined;
  readonly meter: Meter | undefined;
  readonly logger: LoggerLike | undefined;
}

const NONE: Handles = { tracer: undefined, meter: undefined, logger: undefined };

/**
 * Finds the app's providers: those handed to us by `instrumentation()` if they do anything, otherwise the global ones. Each call
 * looks again, because they may start late and be replaced. It makes new handles only if a provider changed.
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
  /** Whether the handles belong to providers that are no longer in use. */
  #isStale = false;
  /** Whether the meter changed. */
  #hasMoved = false;

  /** `meterChanged` is called when a meter comes, goes or is replaced: observed metrics must move to it. */
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

  /** Forgets the providers that it was handed. */
  release(): void {
    this.#tracers.given = undefined;
    this.#meters.given = undefined;
    this.#loggers.given = undefined;
  }

  handles(): Handles {
    try {
      return this.#look();
    } catch {
      // A provider that throws when it is read counts as none.
      return NONE;
    }
  }

  #look(): Handles {
    const api = registry();
    // Noted one by one: if a later look throws, the earlier results are not lost.
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

  /** The providers in use. */
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
