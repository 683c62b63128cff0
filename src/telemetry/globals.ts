import type {
  Context,
  ContextManager,
  MeterProvider,
  TextMapPropagator,
  TracerProvider,
} from '@opentelemetry/api';
import { swallow } from '../delivery/guard.js';
import type { Report } from '../delivery/report.js';
import { ROOT } from './context.js';
import type { LoggerProviderLike } from './log-record.js';

// Found through the api's global registry symbols: the accessors of an api copy of the other line answer with no-ops, in silence.
const API = Symbol.for('opentelemetry.js.api.1');
const LOGS = Symbol.for('io.opentelemetry.js.api.logs');
const LOGS_VERSION = 1;

interface Registry {
  readonly trace?: TracerProvider;
  readonly metrics?: MeterProvider;
  readonly logs?: LoggerProviderLike;
  readonly context?: ContextManager;
  readonly propagation?: TextMapPropagator;
}

interface Holder {
  readonly [API]?: Registry;
  readonly [LOGS]?: (version: number) => LoggerProviderLike | undefined;
}

export function registry(): Registry | undefined {
  return (globalThis as Holder)[API];
}

/** The global LoggerProvider of either line. */
export function globalLogs(): LoggerProviderLike | undefined {
  return registry()?.logs ?? (globalThis as Holder)[LOGS]?.(LOGS_VERSION);
}

/** The active context; empty where there is no context manager, or one that throws. */
export function activeContext(report?: Report): Context {
  try {
    const active = registry()?.context?.active();
    return typeof active?.getValue === 'function' ? active : ROOT;
  } catch (error) {
    report?.('context:active', "the app's context manager threw in active(): no active span is seen", error);
    return ROOT;
  }
}

/** Runs `fn` once in `context`, whatever the context manager does. What `fn` throws is thrown. */
export function runIn<T>(context: Context, fn: () => T, report?: Report): T {
  const manager = registry()?.context;
  if (!manager) return fn();
  let ran = false;
  let outcome: { readonly value: T } | { readonly thrown: unknown } | undefined;
  const once = (): T | undefined => {
    if (ran) return undefined;
    ran = true;
    try {
      const value = fn();
      outcome = { value };
      return value;
    } catch (thrown) {
      outcome = { thrown };
      return undefined;
    }
  };
  try {
    const answer: unknown = manager.with(context, once);
    // What `fn` gave is the app's own, its rejections too.
    if (!outcome || !('value' in outcome) || outcome.value !== answer) swallow(answer);
  } catch (error) {
    // The context manager's own trouble: fn may or may not have run.
    report?.('context:with', "the app's context manager threw in with()", error);
  }
  if (!ran) once();
  if (outcome && 'thrown' in outcome) throw outcome.thrown;
  return (outcome as { value: T }).value;
}
