import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { Values } from '../cases/signals.js';
import { values } from '../cases/signals.js';

/** Ids of one length: what waits would else get larger with time. */
export function evenValues(i: number): Values {
  return values(i, `job-${1_000_000 + i}`);
}

/** Has spans to emit in, of which nothing else becomes anything. */
export function startSpans(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider());
}
