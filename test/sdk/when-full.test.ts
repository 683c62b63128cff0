import type { Signalbox } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, expect, test, vi } from 'vitest';
import { settle } from '../delivery/helpers.js';
import { resetOtel } from '../support/otel.js';

afterEach(resetOtel);

const READ = defineSignal('EXPORTER_FULL_READ', { fields: { n: field.int() } });

/** A box with an exporter that answers an export when it is told to. */
function answeredByHand(batch: { capacity: number; size: number }): {
  box: Signalbox;
  answers: (() => void)[];
} {
  const answers: (() => void)[] = [];
  const box = createSignalbox({
    destinations: {
      collector: exporters({
        logs: {
          export: (_, done) => void answers.push(() => done({ code: 0 })),
          shutdown: async () => {},
        },
        batch: { ...batch, delayMillis: 60_000, whenFull: 'dropOldest' },
      }),
    },
  });
  return { box, answers };
}

test("exporters() - with `whenFull: 'dropOldest'` lets those go that have waited longest", async () => {
  const exported: unknown[] = [];
  const box = createSignalbox({
    destinations: {
      collector: exporters({
        logs: {
          export: (logs, done) => {
            const records: readonly { readonly attributes: { readonly n: number } }[] = logs;
            exported.push(...records.map(({ attributes }) => attributes.n));
            done({ code: 0 });
          },
          shutdown: async () => {},
        },
        batch: { capacity: 3, size: 3, delayMillis: 60_000, whenFull: 'dropOldest' },
      }),
    },
  });
  for (const n of [0, 1, 2, 3, 4]) box.emit(READ, { n });
  await box.forceFlush();
  expect(exported).toEqual([2, 3, 4]);
  expect(box.stats().destinations.collector?.channels.logs).toMatchObject({
    routed: 5,
    delivered: 3,
    dropped: { displaced: 2 },
    queued: 0,
  });
  await box.shutdown();
});

test("exporters() - with `whenFull: 'dropOldest'` drops the record that arrives if all others are in flight", async () => {
  const { box, answers } = answeredByHand({ capacity: 3, size: 3 });
  for (const n of [0, 1, 2]) box.emit(READ, { n });
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  box.emit(READ, { n: 3 });
  expect(box.stats().destinations.collector?.channels.logs).toMatchObject({
    routed: 4,
    dropped: { queue_full: 1 },
    queued: 3,
  });
  answers[0]?.();
  await box.shutdown();
  expect(box.stats().destinations.collector?.channels.logs).toMatchObject({ delivered: 3, queued: 0 });
});

test('forceFlush() - waits for what is in flight, whatever is let go meanwhile', async () => {
  const { box, answers } = answeredByHand({ capacity: 20, size: 5 });
  for (let n = 0; n < 20; n++) box.emit(READ, { n });
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  let isFlushed = false;
  const flushed = box.forceFlush({ timeoutMillis: 60_000 }).then(() => {
    isFlushed = true;
  });
  await settle();
  for (let n = 20; n < 40; n++) box.emit(READ, { n });
  await settle();
  expect(box.stats().destinations.collector?.channels.logs).toMatchObject({
    dropped: { displaced: 20 },
    delivered: 0,
  });
  expect(isFlushed).toBe(false);
  answers[0]?.();
  await flushed;
  expect(box.stats().destinations.collector?.channels.logs).toMatchObject({ delivered: 5 });
  for (const answer of answers) answer();
  await box.shutdown({ timeoutMillis: 1 });
});

test('exporters() - refuses a `whenFull` that is none', () => {
  const logs = { export: () => {}, shutdown: async () => {} };
  expect(() => exporters({ logs, batch: { whenFull: 'block' as never } })).toThrow(
    "exporters: `batch.whenFull` is 'block'. Use 'dropNewest' or 'dropOldest'.",
  );
});
