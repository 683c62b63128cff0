import type { Spoil } from './spoil.js';
import {
  attempts,
  completed,
  drop,
  enqueues,
  failed,
  first,
  later,
  move,
  rejected,
  second,
} from './spoil.js';

export const ofSpans: readonly Spoil[] = [
  {
    what: 'an attempt span that is lost',
    spoil: (r) => drop(r.spans, completed(r)),
    finds: /attempt 1' has 0 spans/,
  },
  {
    what: 'an enqueue span that is lost',
    spoil: (r) =>
      drop(
        r.spans,
        first(enqueues(r), () => true),
      ),
    finds: /has 0 spans/,
  },
  {
    what: 'an attempt span that came twice',
    spoil: (r) => r.spans.push(completed(r)),
    finds: /has 2 spans, not 1/,
  },
  {
    what: 'an attempt that never was',
    spoil: (r) =>
      r.spans.push({ ...completed(r), attributes: { ...completed(r).attributes, 'job.id': 'job_7_999999' } }),
    finds: /never happened/,
  },
  {
    what: 'a failed attempt without an error',
    spoil: (r) => {
      failed(r).status = 0;
    },
    finds: /has the status 0/,
  },
  {
    what: 'a good attempt with an error',
    spoil: (r) => {
      completed(r).status = 2;
    },
    finds: /has the status 2/,
  },
  {
    what: 'a rejection without an error',
    spoil: (r) => {
      rejected(r).status = 0;
    },
    finds: /is no error/,
  },
  {
    what: 'a rejection for another reason',
    spoil: (r) => {
      rejected(r).attributes['error.type'] = 'closed';
    },
    finds: /has error.type closed/,
  },
  {
    what: 'another reason of a rejection',
    spoil: (r) => {
      rejected(r).attributes['job.reject.reason'] = 'closed';
    },
    finds: /was rejected for closed, not for queue_full/,
  },
  {
    what: "another reason of abandonment on the last attempt's span",
    spoil: (r) => {
      first(attempts(r), (s) => 'job.abandon.reason' in s.attributes).attributes['job.abandon.reason'] =
        'stalled';
    },
    finds: /was abandoned for stalled, not for /,
  },
  {
    what: 'an attempt a second too late',
    spoil: (r) => move(completed(r), 1000),
    finds: /began -?[\d.]+ ms before it did/,
  },
  {
    what: 'an attempt a second too early',
    spoil: (r) => move(completed(r), -1000),
    finds: /began [\d.]+ ms before it did/,
  },
  {
    what: 'an attempt that ends too late',
    spoil: (r) => {
      completed(r).end = later(completed(r).end, 1000);
    },
    finds: /ended [\d.]+ ms after it did/,
  },
  {
    what: 'an attempt that ends before its last event',
    spoil: (r) => {
      completed(r).end = later(completed(r).end, -0.1);
    },
    finds: /has an event outside of it/,
  },
  {
    what: 'a time limit that was not the limit',
    spoil: (r) => {
      const span = first(attempts(r), ({ attributes }) => attributes['error.type'] === 'timeout');
      span.start = later(span.start, -1);
    },
    finds: /lasted [\d.]+ s/,
  },
  {
    what: 'an attempt that is no child',
    spoil: (r) => {
      completed(r).parentSpanId = undefined;
    },
    finds: /is no child/,
  },
  {
    what: 'an attempt that is the child of another job',
    spoil: (r) => {
      completed(r).parentSpanId = rejected(r).spanId;
    },
    finds: /is no child/,
  },
  {
    what: 'a link that is lost',
    spoil: (r) => {
      second(r).links = [];
    },
    finds: /has the links , not/,
  },
  {
    what: 'a link to another span',
    spoil: (r) => {
      first(second(r).links, () => true).spanId = rejected(r).spanId;
    },
    finds: /has the links/,
  },
  {
    what: 'a link for another reason',
    spoil: (r) => {
      first(second(r).links, () => true).attributes = { 'link.reason': 'enqueued_by' };
    },
    finds: /has the links/,
  },
  {
    what: 'a link more than there should be',
    spoil: (r) =>
      completed(r).links.push({ traceId: completed(r).traceId, spanId: rejected(r).spanId, attributes: {} }),
    finds: /has the links/,
  },
  {
    what: 'another worker',
    spoil: (r) => {
      completed(r).attributes['worker.id'] = 'worker-99';
    },
    finds: /has other attributes/,
  },
  {
    what: 'another priority',
    spoil: (r) => {
      completed(r).attributes['job.priority'] = -1;
    },
    finds: /has other attributes/,
  },
  {
    what: 'another name',
    spoil: (r) => {
      completed(r).name = 'process jobs';
    },
    finds: /is 'process jobs' of kind 5/,
  },
  {
    what: 'another kind',
    spoil: (r) => {
      completed(r).kind = 1;
    },
    finds: /of kind 1/,
  },
  {
    what: 'another wait',
    spoil: (r) => {
      completed(r).attributes['job.wait.duration'] = 9;
    },
    finds: /tells a wait of 9000 ms/,
  },
  {
    what: 'another outcome',
    spoil: (r) => {
      failed(r).attributes['job.attempt.outcome'] = 'completed';
    },
    finds: /has the outcome completed/,
  },
  {
    what: 'another error message',
    spoil: (r) => {
      first(attempts(r), (s) => s.status === 2 && s.attributes['error.type'] !== 'timeout').statusMessage =
        'x';
    },
    finds: /says 'x', and it threw/,
  },
  {
    what: 'a retry delay that was not kept',
    spoil: (r) => {
      first(attempts(r), (s) => 'job.retry.delay' in s.attributes).attributes['job.retry.delay'] = 99;
    },
    finds: /tells a delay of 99000 ms/,
  },
];
