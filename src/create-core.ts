import type { Core } from './core.js';
import { describeError } from './emission/error.js';
import type { EmitOptions } from './emitter.js';
import type { AnySignal } from './signal/signal.js';
import { activeContext, runIn } from './telemetry/globals.js';
import type { Parts } from './wiring.js';

/** Distinct error types as labels; later ones are `_OTHER`. */
const ERROR_LABELS = 64;

export function createCore(
  parts: Parts,
  emit: (signal: AnySignal, fields?: object, options?: EmitOptions) => void,
  enabled: () => boolean,
): Core {
  const { emitter, providers, instruments, otel, clock, rules, report } = parts;
  const labels = new Set<string>();
  return {
    enabled,
    register: (signals) => {
      for (const signal of signals) emitter.register(signal);
    },
    emit,
    tracer: () => {
      try {
        return enabled() ? providers.handles().tracer : undefined;
      } catch (error) {
        report('tracer', 'the TracerProvider threw', error);
        return undefined;
      }
    },
    observe: (definition, observe) =>
      enabled() ? instruments.observe(definition, observe, [otel]) : () => undefined,
    refresh: () => instruments.refresh(),
    describeError: (thrown) => describeError(thrown, rules.stringLength, rules.redactError),
    errorLabel: (type) => {
      if (labels.has(type)) return type;
      if (labels.size >= ERROR_LABELS) return '_OTHER';
      labels.add(type);
      return type;
    },
    anchoredClock: () => clock.anchored(),
    now: () => clock.now(),
    activeContext: () => activeContext(report),
    runIn: (context, fn) => runIn(context, fn, report),
    report,
    shared: new Map(),
  };
}
