import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { resetOtel } from '../support/otel.js';
import type { Rig } from './rig.js';
import { ended, eventNames, startRig } from './rig.js';

let rig: Rig;

beforeEach(() => {
  useFakeTime();
  rig = startRig();
});
afterEach(() => {
  useRealTime();
  resetOtel();
});

function told(): unknown[] {
  return rig.otel
    .logs('job.progress')
    .map(({ attributes }) => [attributes['job.progress.value'], attributes['job.progress.reports']]);
}

const attempt = (id: string) => rig.queue.attempt({ job: { id, type: 'welcome' }, number: 1 });

describe('progress()', () => {
  test('progress() - is told at most once a second for each attempt, with how many reports that stands for', async () => {
    const one = attempt('1');
    const other = attempt('2');
    for (let percent = 0; percent < 30; percent++) {
      one.progress(percent);
      if (percent === 0) other.progress(7);
      await pass(100);
    }
    expect(told()).toEqual([
      [0, 1],
      [7, 1],
      [10, 10],
      [20, 10],
    ]);
  });

  test('progress() - is debug, in the context of its attempt, and an event on its span', () => {
    const one = rig.queue.attempt({ job: { id: '1', type: 'welcome' }, number: 2, worker: 'w-1' });
    one.progress(50);
    one.completed();
    const [record] = rig.otel.logs('job.progress');
    const span = ended(rig.otel, 'process welcome');
    expect(record).toMatchObject({ severityText: 'DEBUG', body: 'Job progress' });
    expect(record?.attributes).toMatchObject({
      'job.id': '1',
      'job.type': 'welcome',
      'job.attempt.number': 2,
      'worker.id': 'w-1',
    });
    expect(record?.spanContext?.spanId).toBe(span.spanContext().spanId);
    expect(eventNames(span)).toEqual(['job.started', 'job.progress', 'job.completed']);
  });

  test('progress() - of what is no number, tells only that it was said', () => {
    for (const [i, value] of [{ secret: 'x' }, 'half', Number.NaN, undefined].entries())
      attempt(`${i}`).progress(value);
    expect(told()).toEqual(Array.from({ length: 4 }, () => [undefined, 1]));
    expect(JSON.stringify(rig.otel.logs('job.progress').map(({ attributes }) => attributes))).not.toContain(
      'secret',
    );
  });

  test('progress() - tells nothing once the attempt is settled', () => {
    const one = attempt('1');
    one.completed();
    one.progress(100);
    expect(told()).toEqual([]);
  });
});
