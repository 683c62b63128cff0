import { afterEach, expect, test } from 'vitest';
import { resetOtel } from '../support/otel.js';
import { ended, startRig } from './rig.js';

afterEach(resetOtel);

const AFTER_2554 = Date.UTC(2600, 0, 1);

test('an attempt - times that the wire can not carry are left out', () => {
  const { otel, queue } = startRig();
  for (const at of [-1, AFTER_2554, 1e300]) {
    const info = { job: { id: 'j' }, number: 1, startedAt: at, runnableAt: at, firstRunnableAt: at };
    queue.attempt(info).completed({ endedAt: at });
    queue.attempt({ job: { id: 'j' } }).timedOut(1e300, { retry: false, reason: 'timeout' });
    queue.enqueue({ id: 'j' }).accepted({ endedAt: at, runnableAt: at });
    queue.stalled({ id: 'j' }, { stalledAt: at });
    queue.completed({ id: 'j' }, { runnableAt: at });
  }
  const now = Date.now() / 1000;
  for (const span of otel.spans())
    for (const [seconds] of [span.startTime, span.endTime]) expect(Math.abs(seconds - now)).toBeLessThan(60);
  for (const record of otel.logs()) expect(Math.abs(record.hrTime[0] - now)).toBeLessThan(60);
  for (const { attributes } of otel.logs('job.completed'))
    expect(attributes).not.toHaveProperty('job.turnaround.duration');
});

test('an enqueue - a reason that no wire can carry is told as text that it can', () => {
  const { otel, queue } = startRig();
  queue.enqueue({ id: 'j' }).rejected('no \ud83d' as never);
  queue.enqueue({ id: 'k' }).rejected({} as never);
  const [first, second] = otel.spans();
  expect(first?.attributes['job.reject.reason']).toBe('no \ufffd');
  expect(first?.attributes['error.type']).toBe('no \ufffd');
  expect(first?.status.message).toBe('no \ufffd');
  expect(second?.attributes['job.reject.reason']).toBe('error');
});

test('an attempt - numbers that the wire can not carry are no attributes of its span', () => {
  const { otel, queue } = startRig();
  const attempt = queue.attempt({
    job: { id: 'j \ud83d', priority: 1e21, maxAttempts: 2 ** 63 },
    number: 1e21,
  });
  attempt.failed(new Error('no'), { retry: true, delayMillis: 1e300 });
  const { attributes } = ended(otel, otel.spans()[0]?.name ?? '');
  expect(Object.values(attributes).filter((v) => typeof v === 'number')).toEqual([]);
  expect(attributes['job.id']).toBe('j \ufffd');
});
