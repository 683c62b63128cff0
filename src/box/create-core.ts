import type { MetricBackend } from '../delivery/destination.js';
import { describeError } from '../emission/describe-error.js';
import type { AnySignal } from '../signal/signal.js';
import { activeContext, rootContext, runIn } from '../telemetry/context-manager.js';
import { createInstrumentation } from '../telemetry/instrumentation.js';
import type { Observe } from '../telemetry/observable-metric.js';
import type { Parts } from './assemble.js';
import type { Core } from './core.js';
import type { EmitOptions } from './emit-options.js';
import type { Untold } from './pending-work.js';

/** Distinct error types as labels; later ones are `_OTHER`. */
const ERROR_LABELS = 64;

export function createCore(
  parts: Parts,
  emit: (signal: AnySignal, fields?: object, options?: EmitOptions) => void,
  enabled: () => boolean,
  untold: Untold,
): Core {
  const { emitter, providers, instruments, ports, clock, home, rules, report } = parts;
  const labels = new Set<string>();
  return {
    enabled,
    register: (signals) => {
      emitter.check(signals);
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
    observe: (definition, observe) => {
      if (!enabled()) return () => undefined;
      const backends = new Set([...ports.values()].flatMap((port) => port.metrics ?? []));
      const takes = (backend: MetricBackend): boolean =>
        [...ports].some(
          ([name, port]) => port.metrics === backend && emitter.takesInstrument(name, definition.name),
        );
      // Who collects is a timer of some SDK, or whoever flushes. It may not wait for a promise: what is there at once is told at once.
      const look: Observe = (result) => home.call(() => observe(result));
      return instruments.observe(definition, look, [...backends], takes);
    },
    refresh: () => instruments.refresh(),
    describeError: (thrown) => describeError(thrown, rules.stringLength, rules.redactText),
    errorLabel: (type) => {
      if (labels.has(type)) return type;
      if (labels.size >= ERROR_LABELS) return '_OTHER';
      labels.add(type);
      return type;
    },
    anchoredClock: () => clock.anchored(),
    now: () => clock.now(),
    isInDoubt: (millis) => clock.isInDoubt(millis),
    shiftOf: (moment) => clock.shiftOf(moment),
    activeContext: () => activeContext(report),
    rootContext: () => rootContext(report),
    runIn: (context, fn) => runIn(context, fn, report),
    tellLater: (work) => untold.add(work),
    tellAtEnd: (tell) => untold.atEnd(tell),
    report,
    spanRoutes: parts.spanRoutes,
    spansSeen: parts.spansSeen,
    propagation: parts.propagation,
    resource: parts.resource,
    ports,
    takesInstrument: (destination, instrument) => emitter.takesInstrument(destination, instrument),
    channels: parts.channels,
    otherTelemetry: parts.otherTelemetry,
    instrumentation: () => createInstrumentation(providers, () => instruments.refresh()),
    shared: parts.sharedAbove,
  };
}
