import type { MetricBackend } from '../delivery/destination.js';
import { describeError } from '../emission/describe-error.js';
import { activeContext, rootContext, runIn } from '../telemetry/context-manager.js';
import { createInstrumentation } from '../telemetry/instrumentation.js';
import type { Observe } from '../telemetry/observable-metric.js';
import type { Parts } from './assemble.js';
import type { Binding, Give } from './bound-boxes.js';
import { bind, boundBox } from './bound-boxes.js';
import type { Core } from './core.js';
import type { Untold } from './pending-work.js';

/** The most distinct error types as labels. Later types become `_OTHER`. */
const ERROR_LABELS = 64;

/**
 * @param binding Emits the app's own signals, with bound fields.
 * @param give Emits the library's own signals.
 */
export function createCore(
  parts: Parts,
  binding: Binding,
  give: Give,
  enabled: () => boolean,
  untold: Untold,
): Core {
  const { emitter, providers, instruments, ports, clock, home, rules, report } = parts;
  const { values } = emitter;
  const labels = new Set<string>();
  return {
    enabled,
    register: (signals) => {
      emitter.check(signals);
      for (const signal of signals) emitter.register(signal);
    },
    emit: (signal, fields, options, bound) =>
      give(signal, fields, options, undefined, bound?.over(parts.attributes) ?? parts.attributes),
    bind: (given, under) => bind({ rules, values }, given)?.over(under),
    bound: (bound) => boundBox(binding, bound?.over(parts.attributes) ?? parts.attributes),
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
      // A timer of an SDK or a flush collects. It may not wait for promises, so the callback runs synchronously.
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
    development: parts.development,
    shared: parts.sharedAbove,
  };
}
