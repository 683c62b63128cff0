import { beforeAll, describe, expect, test } from 'vitest';
import type { Received, ReceivedLog, ReceivedSpan } from '../../support/otlp-model.js';
import { memory } from './drivers/memory.js';
import { PLAYS } from './scenarios/index.js';
import type { Performance } from './stage.js';
import { judge, perform } from './stage.js';

/** What is done to true telemetry, and what must then be found. */
interface Spoil {
  readonly what: string;
  readonly finds: RegExp;
  spoil(received: Received, secret: string): void;
}

function attempts(received: Received): ReceivedSpan[] {
  return received.spans.filter(({ attributes }) => attributes['messaging.operation.name'] === 'process');
}

function attempt(received: Received, number: number): ReceivedSpan {
  const span = attempts(received).find(({ attributes }) => attributes['job.attempt.number'] === number);
  if (!span) throw new Error(`There is no span of attempt ${number}.`);
  return span;
}

function log(received: Received, name: string): ReceivedLog {
  const found = received.logs.find(({ eventName }) => eventName === name);
  if (!found) throw new Error(`There is no record ${name}.`);
  return found;
}

const SPOILS: readonly Spoil[] = [
  {
    what: 'a span that is missing',
    finds: /has 2 attempt spans, not 3/,
    spoil: (received) => {
      received.spans.splice(received.spans.indexOf(attempt(received, 2)), 1);
    },
  },
  {
    what: 'a span that was invented',
    finds: /has 4 attempt spans, not 3/,
    spoil: (received) => {
      received.spans.push({
        ...structuredClone(attempt(received, 3)),
        spanId: 'ffffffffffffffff',
        events: [],
      });
    },
  },
  {
    what: 'an enqueue span that is missing',
    finds: /has 0 enqueue spans, not 1/,
    spoil: (received) => {
      received.spans = attempts(received);
    },
  },
  {
    what: 'a failed attempt without an error',
    finds: /has the status 0, and it was failed/,
    spoil: (received) => {
      attempt(received, 1).status = 0;
    },
  },
  {
    what: 'a wrong error.type',
    finds: /has error.type=Error, not BrokenError/,
    spoil: (received) => {
      attempt(received, 1).attributes['error.type'] = 'Error';
    },
  },
  {
    what: 'an attempt that hangs on nothing',
    finds: /is no child of its enqueue span/,
    spoil: (received) => {
      attempt(received, 2).parentSpanId = undefined;
    },
  },
  {
    what: 'a link that is missing',
    finds: /has 0 links to attempts before, or to wrong ones; 1 expected/,
    spoil: (received) => {
      attempt(received, 2).links = [];
    },
  },
  {
    what: 'a link to the wrong attempt',
    finds: /to wrong ones; 1 expected/,
    spoil: (received) => {
      const [link] = attempt(received, 3).links;
      if (link) link.spanId = attempt(received, 1).spanId;
    },
  },
  {
    what: 'a second end',
    finds: /has the signals .*job.completed,job.completed/,
    spoil: (received) => {
      received.logs.push(structuredClone(log(received, 'job.completed')));
    },
  },
  {
    what: 'an end that is missing',
    finds: /has the signals .*job.started, not .*job.started,job.completed/,
    spoil: (received) => {
      received.logs = received.logs.filter(({ eventName }) => eventName !== 'job.completed');
    },
  },
  {
    what: 'a record that is no event of its span',
    finds: /job.failed of .* is no event of its span/,
    spoil: (received) => {
      const span = attempt(received, 1);
      span.events = span.events.filter(({ name }) => name !== 'job.failed');
    },
  },
  {
    what: 'a record on the wrong span',
    finds: /job.failed of .* is no event of its span/,
    spoil: (received) => {
      log(received, 'job.failed').spanId = attempt(received, 3).spanId;
    },
  },
  {
    what: 'a wait that includes the time before it could run',
    finds: /could run -?[\d.]+ ms after it was asked for/,
    spoil: (received) => {
      attempt(received, 1).attributes['job.wait.duration'] = 5;
    },
  },
  {
    what: 'a wait of a retry that includes its delay',
    finds: /could run -?[\d.]+ ms after it was to be retried/,
    spoil: (received) => {
      attempt(received, 2).attributes['job.wait.duration'] = 0.5;
    },
  },
  {
    what: 'a retry whose delay is not told',
    finds: /has job.retry.delay=undefined, and it was retried/,
    spoil: (received) => {
      delete attempt(received, 1).attributes['job.retry.delay'];
    },
  },
  {
    what: 'a job that was counted twice',
    finds: /job.ended\{\} is 2, not 1/,
    spoil: (received) => {
      for (const series of received.series) if (series.metric === 'job.ended') series.value = 2;
    },
  },
  {
    what: 'an attempt that was measured twice',
    finds: /messaging.process.duration\{\} is \d, not 3/,
    spoil: (received) => {
      for (const series of received.series)
        if (series.metric === 'messaging.process.duration') series.count++;
    },
  },
  {
    what: 'a histogram that differs from the records',
    finds: /job.wait.duration sums up to/,
    spoil: (received) => {
      for (const series of received.series) if (series.metric === 'job.wait.duration') series.sum += 1;
    },
  },
  {
    what: 'an id that is a label',
    finds: /job.enqueued has the label job.id/,
    spoil: (received) => {
      for (const series of received.series)
        if (series.metric === 'job.enqueued') series.attributes['job.id'] = 'x';
    },
  },
  {
    what: 'a signal of a job that never was',
    finds: /job.queued is told of nobody, which never was/,
    spoil: (received) => {
      const more = structuredClone(log(received, 'job.queued'));
      more.attributes['job.id'] = 'nobody';
      received.logs.push(more);
    },
  },
  {
    what: 'a payload',
    finds: /a payload or result is in the telemetry/,
    spoil: (received, secret) => {
      log(received, 'job.completed').attributes.result = secret;
    },
  },
  {
    what: 'text of the store',
    finds: /text of the store is in the telemetry/,
    spoil: (received) => {
      log(received, 'job.completed').body = 'select * from jobs';
    },
  },
  {
    what: 'a severity that would page',
    finds: /job.failed of .* has the severity 17/,
    spoil: (received) => {
      log(received, 'job.failed').severity = 17;
    },
  },
];

describe('the comparer of the conformance suite', () => {
  const scenario = PLAYS['retry then success'];
  let performance: Performance;

  beforeAll(async () => {
    performance = await perform(memory, scenario);
  });

  test('judge() - finds nothing in what was truly told', () => {
    expect(judge(performance, scenario)).toEqual([]);
  });

  test.each(SPOILS)('judge() - finds $what', ({ spoil, finds }) => {
    const recordings = structuredClone(performance.recordings);
    const [here] = recordings;
    if (here) spoil(here.received, performance.stage.ledger.secrets[0] ?? '');
    expect(judge({ ...performance, recordings }, scenario).join('\n')).toMatch(finds);
  });
});
