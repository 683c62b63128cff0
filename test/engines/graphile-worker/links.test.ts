import { runOnce } from 'graphile-worker';
import { describe, expect, test } from 'vitest';
import { recorded } from '../../jobs/rig.js';
import { Rig, TASK } from './rig.js';

const rig = new Rig();

async function failThenComplete(attemptLinks: 'memory' | 'persist'): Promise<void> {
  const first = rig.process({ attemptLinks });
  const utils = await rig.utils(first.jobs);
  await utils.addJob(TASK, {});
  const failing = () => Promise.reject(new Error('first try'));
  await runOnce(first.jobs.runner(rig.options({ [TASK]: failing })));
  await rig.hurry();
  await runOnce(rig.process({ attemptLinks }).jobs.runner(rig.options({ [TASK]: () => undefined })));
}

describe('attemptLinks', () => {
  test('memory - another process does not know the attempt before', async () => {
    await failThenComplete('memory');
    const [, second] = rig.otel.spans(`process ${TASK}`);
    expect(second?.links).toEqual([]);
    expect(second?.attributes['job.attempt.number']).toBe(2);
    expect(recorded(rig.otel, 'job.completed')['job.turnaround.duration']).toBeGreaterThan(0);
  });

  test('persist - another process finds it in the last error; the telemetry of the failure is without it', async () => {
    await failThenComplete('persist');
    const [first, second] = rig.otel.spans(`process ${TASK}`);
    expect(second?.links).toMatchObject([
      {
        context: { spanId: first?.spanContext().spanId },
        attributes: { 'link.reason': 'previous_attempt', 'job.attempt.number': 1 },
      },
    ]);
    expect(recorded(rig.otel, 'job.failed')['exception.message']).toBe('first try');
    expect(first?.status.message).toBe('first try');
  });

  test('persist - the error is the app’s own again, and the last failure leaves no context', async () => {
    const { jobs } = rig.process({ attemptLinks: 'persist' });
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {}, { maxAttempts: 2 });
    const error = new Error('same one');
    const options = jobs.runner(rig.options({ [TASK]: () => Promise.reject(error) }));
    await runOnce(options);
    await rig.written();
    expect(String((await rig.rows())[0]?.last_error)).toMatch(
      /^same one\n\[signalbox 1 \{"traceparent":"00-/,
    );
    expect(error.message).toBe('same one');
    await rig.hurry();
    await runOnce({ ...options });
    await rig.written();
    expect((await rig.rows())[0]?.last_error).toBe('same one');
  });

  test('persist - a frozen error fails its job all the same', async () => {
    const { jobs } = rig.process({ attemptLinks: 'persist' });
    const utils = await rig.utils(jobs);
    await utils.addJob(TASK, {});
    const error = Object.freeze(new Error('frozen'));
    await runOnce(jobs.runner(rig.options({ [TASK]: () => Promise.reject(error) })));
    await rig.written();
    expect((await rig.rows())[0]).toMatchObject({ last_error: 'frozen', attempts: 1 });
    expect(recorded(rig.otel, 'job.failed')['exception.message']).toBe('frozen');
  });
});
