import type { Received, ReceivedSpan } from '../otlp-model.js';
import type { Spoil } from './spoil.js';
import { completed, drop, first, later, second } from './spoil.js';

const settle = ({ spans }: Received): ReceivedSpan =>
  first(spans, ({ attributes }) => attributes['messaging.operation.name'] === 'settle');

/** What may be wrong with how spans tell of the ends of jobs. */
export const ofSettle: readonly Spoil[] = [
  {
    what: 'a settle span that is lost',
    spoil: (r) => drop(r.spans, settle(r)),
    finds: /'settle .*' has 0 spans, not 1/,
  },
  {
    what: 'a settle span that came twice',
    spoil: (r) => r.spans.push(settle(r)),
    finds: /'settle .*' has 2 spans, not 1/,
  },
  {
    what: 'a settle span of another name',
    spoil: (r) => {
      settle(r).name = 'settle jobs';
    },
    finds: /the settle span of .* is 'settle jobs'/,
  },
  {
    what: 'a settle span that lasts',
    spoil: (r) => {
      settle(r).end = later(settle(r).end, 1);
    },
    finds: /the settle span of .* is not a moment/,
  },
  {
    what: 'a settle span with another reason',
    spoil: (r) => {
      settle(r).attributes['job.abandon.reason'] = 'expired';
    },
    finds: /the settle span of .* has the reason expired/,
  },
  {
    what: 'a settle span that calls what was wanted an error',
    spoil: (r) => {
      settle(r).status = 2;
    },
    finds: /the settle span of .* has the status 2/,
  },
  {
    what: 'a settle span that is a trace of its own',
    spoil: (r) => {
      settle(r).parentSpanId = undefined;
    },
    finds: /the settle span of .* is tied to its enqueue in another way/,
  },
  {
    what: 'a last attempt that does not say what became of the job',
    spoil: (r) => {
      delete completed(r).attributes['job.outcome'];
    },
    finds: /has its outcome on 0 spans/,
  },
  {
    what: 'an attempt that will be retried and says that the job ended',
    spoil: (r) => {
      const before = first(r.spans, ({ attributes }) => attributes['job.retry.delay'] !== undefined);
      before.attributes['job.outcome'] = 'completed';
    },
    finds: /has its outcome on 2 spans|is completed by its span/,
  },
  {
    what: 'another outcome on the last attempt',
    spoil: (r) => {
      completed(r).attributes['job.outcome'] = 'abandoned';
    },
    finds: /is abandoned by its span, and was completed/,
  },
  {
    what: 'another turnaround on the span',
    spoil: (r) => {
      completed(r).attributes['job.turnaround.duration'] = 77;
    },
    finds: /has a turnaround of 77 s on its span/,
  },
  {
    what: 'an attempt that names another before it',
    spoil: (r) => {
      second(r).attributes['job.previous_attempt.span_id'] = completed(r).spanId;
    },
    finds: /as the attempt before/,
  },
];
