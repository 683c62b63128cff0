import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { createSignalbox, SignalboxError } from 'signalbox';
import { bullmqJobs } from 'signalbox/bullmq';
import { graphileJobs } from 'signalbox/graphile-worker';
import { createJobs } from 'signalbox/jobs';
import { pgBossJobs } from 'signalbox/pg-boss';
import { afterEach, describe, expect, test } from 'vitest';
import { resetOtel } from '../support/otel.js';
import { ended, eventsLieWithin, GIVE_UP, RETRY, startRig } from './rig.js';

afterEach(resetOtel);

const ON = { exceptionEvents: true };

function exceptions(span: ReadableSpan): Record<string, unknown>[] {
  return span.events.filter((event) => event.name === 'exception').map((event) => ({ ...event.attributes }));
}

describe('exceptionEvents', () => {
  test('attempt.failed() - has the event of the convention, redacted and bounded, within the span', () => {
    const { otel, queue } = startRig(ON, {
      redactText: (text) => text.replaceAll('secret', '…'),
      limits: { stringLength: 200 },
    });
    const error = new RangeError(`secret ${'x'.repeat(1000)}`);
    const attempt = queue.attempt({ job: { id: '1', type: 'welcome' }, number: 1 });
    attempt.failed(error, RETRY);
    const span = ended(otel, 'process welcome');
    const [event, ...more] = exceptions(span);
    expect(more).toEqual([]);
    expect(event).toEqual({
      'exception.type': 'RangeError',
      'exception.message': expect.stringMatching(/^… x+/),
      'exception.stacktrace': expect.stringMatching(/^RangeError: … x+/),
    });
    for (const text of Object.values(event ?? {})) expect(String(text).length).toBeLessThanOrEqual(200);
    expect(eventsLieWithin(span)).toBe(true);
    expect(span.events.map((e) => e.name)).toEqual([
      'job.started',
      'job.failed',
      'job.retrying',
      'exception',
    ]);
  });

  test('attempt.timedOut() - has one too, at the limit', () => {
    const { otel, queue } = startRig(ON);
    queue.attempt({ job: { id: '1', type: 'welcome' }, number: 1 }).timedOut(0, GIVE_UP);
    const span = ended(otel, 'process welcome');
    expect(exceptions(span)).toEqual([expect.objectContaining({ 'exception.type': 'timeout' })]);
    expect(eventsLieWithin(span)).toBe(true);
  });

  test.each([
    ['by default', {}, {}],
    ['where the queue says no', { exceptionEvents: false }, ON],
  ])('attempt.failed() - has none %s', (_, ofQueue, ofJobs) => {
    const { otel, box } = startRig();
    const queue = createJobs(box, ofJobs).queue('other', { types: ['x'], ...ofQueue });
    queue.attempt({ job: { id: '1', type: 'x' }, number: 1 }).failed(new Error('no'), RETRY);
    expect(exceptions(ended(otel, 'process x'))).toEqual([]);
  });

  test('attempt.completed(), deferred() and lost() - have none: nothing was thrown', () => {
    const { otel, queue } = startRig(ON);
    queue.attempt({ job: { id: '1' }, number: 1 }).completed();
    queue.attempt({ job: { id: '2' } }).deferred({ reason: 'rate_limited' });
    queue.attempt({ job: { id: '3' }, number: 1 }).lost();
    expect(otel.spans().flatMap(exceptions)).toEqual([]);
  });

  test('a batch - has one for each distinct failure of its jobs, and few at most', () => {
    const { otel, queue } = startRig(ON);
    const batch = queue.batch(Array.from({ length: 22 }, (_, i) => ({ job: { id: `${i}` }, number: 1 })));
    batch.attempts.forEach((attempt, i) => {
      attempt.failed(new Error(i < 3 ? 'the same' : `another ${i}`), GIVE_UP);
    });
    const messages = exceptions(ended(otel, 'process mail')).map((event) => event['exception.message']);
    expect(messages.slice(0, 2)).toEqual(['the same', 'another 3']);
    expect(messages).toHaveLength(16);
  });

  test.each([
    ['createJobs', createJobs],
    ['bullmqJobs', bullmqJobs],
    ['pgBossJobs', pgBossJobs],
    ['graphileJobs', graphileJobs],
  ])('%s() - takes the option, and refuses what is neither true nor false', (_, make) => {
    const box = createSignalbox();
    expect(() => make(box, ON)).not.toThrow();
    const wrong = (): unknown => make(box, { exceptionEvents: 'yes' as unknown as boolean });
    expect(wrong).toThrow(SignalboxError);
    expect(wrong).toThrow("createJobs: `exceptionEvents` is 'yes'. Use true or false.");
  });
});
