import type { Span } from '@opentelemetry/api';
import type { ConstructorOptions, OpenTelemetryOptions } from 'pg-boss';
import { spanOf } from '../../telemetry/context.js';
import type { ObservedBoss, Spans } from './boss-state.js';

const SCOPE = 'pg-boss';

/** Who makes the spans of a PgBoss with these options. By default pg-boss does. */
export function configuredSpans(options: ConstructorOptions | undefined, ours: OpenTelemetryOptions): Spans {
  const given = options?.openTelemetry;
  return given?.enabled === false || given?.propagator === ours.propagator ? 'ours' : 'engine';
}

/** Who made the active span of a handler: pg-boss, or not. `caller` is the span in which `work()` was called. */
export function whoseSpans(observed: ObservedBoss, caller: Span | undefined): Spans {
  if (observed.bridge.process()) return 'ours';
  const active = spanOf(observed.core.activeContext());
  const scope = scopeOf(active);
  if (scope !== undefined) return scope === SCOPE ? 'engine' : 'ours';
  // A span that is not recorded has no scope. If pg-boss makes no spans, a handler runs in the span of its work() call.
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
