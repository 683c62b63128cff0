import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import type { LoggerProviderLike } from './log-record.js';
import type { Providers } from './providers.js';
import { SCOPE } from './scope.js';

/** Configuration as `registerInstrumentations` knows it. */
export interface InstrumentationConfig {
  enabled?: boolean;
}

/**
 * The instrumentation that `NodeSDK({ instrumentations: […] })` and `registerInstrumentations` of both SDK lines take. Through it the
 * SDK hands us the app's providers, even if they are not registered globally. It patches nothing.
 */
export interface Instrumentation {
  readonly instrumentationName: string;
  readonly instrumentationVersion: string;
  enable(): void;
  disable(): void;
  setTracerProvider(provider: TracerProvider): void;
  setMeterProvider(provider: MeterProvider): void;
  // A wide parameter: the two lines declare LoggerProvider in different packages.
  setLoggerProvider(provider: object): void;
  setConfig(config: InstrumentationConfig): void;
  getConfig(): InstrumentationConfig;
}

export function createInstrumentation(providers: Providers, changed: () => void): Instrumentation {
  let config: InstrumentationConfig = { enabled: true };
  return {
    instrumentationName: SCOPE.name,
    instrumentationVersion: SCOPE.version,
    enable() {
      config = { ...config, enabled: true };
    },
    // Release the providers, so that providers that are registered globally later are found again.
    disable() {
      config = { ...config, enabled: false };
      providers.release();
      changed();
    },
    setTracerProvider(provider) {
      providers.giveTracer(provider);
      changed();
    },
    setMeterProvider(provider) {
      providers.giveMeter(provider);
      changed();
    },
    setLoggerProvider(provider) {
      providers.giveLogger(provider as LoggerProviderLike);
      changed();
    },
    setConfig(given) {
      config = { ...given };
    },
    getConfig() {
      return config;
    },
  };
}
