import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareSoak } from '../../bench/truth/compare/soak.js';
import { replaceSection } from '../../bench/truth/report/section.js';
import { boundsOf } from '../../bench/truth/stats/bounds.js';
import { isAmiss, judge } from '../../bench/truth/stats/flat.js';
import { slopeOf } from '../../bench/truth/stats/slope.js';
import type { SoakEnd } from '../../bench/truth/subjects/soak-end.js';

const HOUR = 3_600_000;

/** Values of one process a minute, with noise that remembers itself. */
function samples(perHour: number, memory: number, seed = 1) {
  let [state, noise] = [seed, 0];
  return Array.from({ length: 60 }, (_, i) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    noise = memory * noise + (state / 2 ** 31 - 0.5);
    return { at: (i * HOUR) / 60, value: 100 + (perHour * i) / 60 + noise };
  });
}

test('slopeOf() - of a line is its slope, with no margin', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 4, max: 200 }), (slope, n) => {
      const line = Array.from({ length: n }, (_, i) => ({ at: i, value: slope * i }));
      const found = slopeOf(line);
      expect(found?.slope).toBeCloseTo(slope, 6);
      expect(found?.margin).toBeLessThan(1e-6);
    }),
  );
});

test('slopeOf() - is less sure where neighbours resemble each other', () => {
  const [loose, bound] = [slopeOf(samples(0, 0)), slopeOf(samples(0, 0.9))];
  expect(bound?.correlation).toBeGreaterThan(0.5);
  expect(bound?.margin).toBeGreaterThan(3 * (loose?.margin ?? Number.POSITIVE_INFINITY));
});

test('slopeOf() - of fewer than four samples is not known', () => {
  expect(slopeOf(samples(1, 0).slice(0, 3))).toBeUndefined();
});

const heap = { name: 'heap', unit: '', perHour: 1 };

test('judge() - calls flat what is shown to grow by less than its bound, and grows what is shown to grow', () => {
  expect(judge(heap, samples(0, 0), HOUR).trend).toBe('flat');
  expect(judge(heap, samples(-5, 0.5), HOUR).trend).toBe('flat');
  expect(judge(heap, samples(5, 0), HOUR).trend).toBe('grows');
});

test('judge() - does not call flat what may grow by more than its bound, though no growth is shown', () => {
  const narrow = { ...heap, perHour: 0.05 };
  const { slope, trend } = judge(narrow, samples(0, 0.9), HOUR);
  expect((slope?.slope ?? 0) - (slope?.margin ?? 0)).toBeLessThan(0);
  expect(trend).toBe('unclear');
  expect(judge(heap, [], HOUR).trend).toBe('unclear');
});

test('judge() - of less than 20 minutes says that they are too short, where they do not show that it is flat', () => {
  const short = 19 * 60_000;
  expect(judge(heap, samples(5, 0), short).trend).toBe('too short to tell');
  expect(judge(heap, samples(0, 0), short).trend).toBe('flat');
  const [amiss, fine] = [judge(heap, samples(5, 0), HOUR), judge(heap, samples(5, 0), short)];
  expect([isAmiss(amiss), isAmiss(fine)]).toEqual([true, false]);
});

test('boundsOf() - bounds all that was sampled: what must stand still by less than one, what rises and falls by more', () => {
  const values = {
    heap: 1,
    'listeners of queue': 1,
    'resources Timeout': 1,
    'spans queued for collector': 1,
  };
  const bounds = new Map(boundsOf([{ values }]).map(({ name, perHour }) => [name, perHour]));
  expect([...bounds.keys()].sort()).toEqual([...Object.keys(values), 'external', 'rss'].sort());
  expect(bounds.get('listeners of queue')).toBeLessThan(1);
  expect(bounds.get('spans queued for collector')).toBe(720);
});

function soak() {
  const counts = { routed: 14, delivered: 14, handedOver: 0, dropped: {}, failed: 0, queued: 0 };
  const end: SoakEnd = {
    ledger: { accepted: 6, returned: 5, threw: 3, retries: 2, abandoned: 1, refused: 0 },
    stats: {
      destinations: { collector: { kind: 'exporters', channels: { spans: counts } } },
      emitted: 0,
      unrouted: 0,
      silenced: 0,
      refused: {},
      values: {} as SoakEnd['stats']['values'],
    },
    seconds: 1,
  };
  const totals: Record<string, number> = {
    'job.enqueued': 6,
    'job.retries': 2,
    'job.ended completed': 5,
    'job.ended abandoned': 1,
    'messaging.process.duration': 8,
  };
  const records: Record<string, number> = {
    'job.queued': 6,
    'job.started': 8,
    'job.completed': 5,
    'job.failed': 3,
    'job.retrying': 2,
    'job.abandoned': 1,
  };
  return { end, totals, records };
}

test('compareSoak() - finds nothing amiss where all is told, and each total or record that is off by one', () => {
  expect(compareSoak(soak())).toEqual([]);
  for (const part of ['totals', 'records'] as const)
    for (const name of Object.keys(soak()[part]))
      for (const by of [-1, 1]) {
        const spoiled = soak();
        spoiled[part][name] = (spoiled[part][name] ?? 0) + by;
        expect(compareSoak(spoiled)).toEqual([expect.stringContaining(name)]);
      }
});

test('replaceSection() - replaces what stands in its place, again and again, and nothing else', () => {
  const file = 'a\n<!-- x:begin -->\n<!-- x:end -->\nb';
  const once = replaceSection(file, { name: 'x', text: 'first' });
  const twice = replaceSection(once, { name: 'x', text: 'second' });
  expect(twice).toBe('a\n<!-- x:begin -->\n\nsecond\n\n<!-- x:end -->\nb');
  expect(() => replaceSection(file, { name: 'y', text: '' })).toThrow("write '<!-- y:begin -->'");
});
