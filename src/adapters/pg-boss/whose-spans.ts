import type { Span } from '@opentelemetry/api';
import type { ConstructorOptions, OpenTelemetryOptions } from 'pg-boss';
import { spanOf } from '../../telemetry/context.js';
import type { ObservedBoss, Spans } from './boss-state.js';

const SCOPE = 'pg-boss';

/** Whose spans a PgBoss of these options makes; its own where nothing says otherwise, since that is its default. */
export function configuredSpans(options: ConstructorOptions | undefined, ours: OpenTelemetryOptions): Spans {
  const given = options?.openTelemetry;
  return given?.enabled === false || given?.propagator === ours.propagator ? 'ours' : 'engine';
}

/** Whose span is active in a handler: pg-boss's, or none of its. `caller` is the span in which `work()` was called. */
export function whoseSpans(observed: ObservedBoss, caller: Span | undefined): Spans {
  if (observed.bridge.process()) return 'ours';
  const active = spanOf(observed.core.activeContext());
  const scope = scopeOf(active);
  if (scope !== undefined) return scope === SCOPE ? 'engine' : 'ours';
  // A span that is not recorded has no scope. A worker that makes none runs in that of its work() call.
  return active === undefined || active === caller ? 'ours' : 'engine';
}

function scopeOf(span: Span | undefined): string | undefined {
  try {
    const { instrumentationScope, instrumentationLibrary } = (span ?? {}) as {
      instrumentationScope?: { name?: string };
      instrumentationLibrary?: { name?: string };
    };
    return instrumentationScope?.name ?? instrumentationLibrary?.name;
  } catch {
    return undefined;
  }
}
