import type { Context, Span, SpanOptions } from '@opentelemetry/api';
import type { Core } from '../box/core.js';
import { swallow } from '../emission/swallow.js';
import { threw } from './tracing-guard.js';

/** Starts a span by the app's tracer, where there is one. What that throws the app does not see. */
export function startSpan(core: Core, name: string, options: SpanOptions, parent: Context): Span | undefined {
  try {
    const span = core.tracer()?.startSpan(name, options, parent);
    if (typeof span?.spanContext === 'function') {
      core.spansSeen.started(span);
      return span;
    }
    // Only a span may become the active one.
    swallow(span);
  } catch (error) {
    threw(core, 'startSpan', error);
  }
  return undefined;
}
