import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { DelayedError, WaitingChildrenError } from 'bullmq';
import { createSignalbox } from 'signalbox';
import { sandboxed } from 'signalbox/bullmq';

// An SDK of its own, as every child needs one; what its signals would be told with is returned as the job's result.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(new BasicTracerProvider());
const box = createSignalbox();

interface Told {
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly pid: number;
  readonly aborted: boolean | undefined;
}

export default sandboxed<{ to: string }, Told>(box, async (job, token, signal) => {
  await new Promise((done) => setTimeout(done, 5));
  if (job.name === 'later' && job.attemptsStarted < 2) {
    await job.moveToDelayed(Date.now() + 20, token);
    throw new DelayedError();
  }
  if (job.name === 'children' && (await job.moveToWaitingChildren(token))) throw new WaitingChildrenError();
  if (job.name === 'retry' && job.attemptsMade < 1) throw new Error('not yet');
  const active = trace.getActiveSpan()?.spanContext();
  return { traceId: active?.traceId, spanId: active?.spanId, pid: process.pid, aborted: signal?.aborted };
});
