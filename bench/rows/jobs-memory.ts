import type { Span } from '@opentelemetry/api';
import { propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { createSignalbox } from 'signalbox';
import type { Carrier } from 'signalbox/jobs';
import { createJobs } from 'signalbox/jobs';
import { heapUsed } from '../heap.js';
import { startSpans } from '../otlp/payload.js';
import type { Row } from './row.js';

const JOBS = 8000;
const TYPE = 'welcome';

interface Job {
  readonly id: string;
  readonly carrier: Carrier;
  readonly runnableAt: number;
}

/** What is left for later turns is done, and collected. */
async function settledHeap(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    await new Promise(setImmediate);
    heapUsed();
  }
  return heapUsed();
}

/** What the heap grows by for each of what is made and kept. */
async function bytesOfEach(make: (i: number) => unknown): Promise<number> {
  const kept = new Array<unknown>(JOBS);
  const before = await settledHeap();
  for (let i = 0; i < JOBS; i++) kept[i] = make(i);
  const grown = (await settledHeap()) - before;
  // Used after it was measured, so that none of it may go before.
  return kept.length === JOBS ? grown / JOBS : Number.NaN;
}

/** A span as an attempt has it, without the job layer. */
function bareSpan(job: Job, parent = propagation.extract(ROOT_CONTEXT, job.carrier)): Span {
  const span = trace.getTracer('bench').startSpan(
    `process ${TYPE}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: {
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.system.name': 'signalbox',
        'messaging.destination.name': 'mail',
        'messaging.message.id': job.id,
        'job.id': job.id,
        'job.type': TYPE,
        'job.max_attempts': 3,
        'job.attempt.number': 1,
        'worker.id': 'worker',
        'job.wait.duration': 0.25,
      },
    },
    parent,
  );
  span.addEvent('job.started');
  return span;
}

export const row: Row = {
  id: 'jobs-memory',
  what: 'Heap of a running job in the job layer, its span excluded; of a waiting one in the notes',
  unit: 'bytes',
  must: 800,
  aim: 400,
  measure: async () => {
    startSpans();
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    const queue = createJobs(createSignalbox()).queue('mail', { types: [TYPE] });
    const enqueued = (i: number): Job => {
      const id = `job-${i}-of-the-bench`;
      const enqueue = queue.enqueue({ id, type: TYPE, maxAttempts: 3 });
      const { carrier } = enqueue;
      enqueue.accepted();
      return { id, carrier, runnableAt: queue.now() - 250 };
    };
    const worker = queue.worker('worker', { slots: JOBS });
    const begun = ({ id, carrier, runnableAt }: Job): unknown =>
      queue.attempt({
        job: { id, type: TYPE, maxAttempts: 3 },
        carrier,
        runnableAt,
        number: 1,
        worker,
      });
    // What is made once for all is there before.
    begun(enqueued(-1));
    bareSpan(enqueued(-2));
    const jobs: Job[] = [];
    const copy = ({ id, carrier, runnableAt }: Job): Job => ({ id, carrier: { ...carrier }, runnableAt });
    // What the app keeps of a job that waits is its own: it is kept before, and after.
    const waiting = await bytesOfEach((i) => {
      jobs[i] = enqueued(i);
    });
    const own = await bytesOfEach((i) => copy(jobs[i] as Job));
    const spans = await bytesOfEach((i) => bareSpan(jobs[i] as Job));
    const running = await bytesOfEach((i) => begun(jobs[i] as Job));
    const value = running - spans;
    return {
      value,
      low: value,
      high: value,
      against: '',
      notes: [
        `a running job with its span: ${running.toFixed(0)} bytes; such a span alone: ${spans.toFixed(0)}`,
        `a job that waits, beside what the app keeps of it: ${Math.max(0, waiting - own).toFixed(0)} bytes`,
        `${JOBS.toLocaleString('en')} jobs at once, each figure once`,
      ],
    };
  },
};
