import { describe, expect, test } from 'vitest';
import type { PrometheusSample } from '../e2e/read/prometheus.js';
import { compareForgotten, compareLate } from '../e2e/sampling/compare-late.js';
import { compareTraces, offShare } from '../e2e/sampling/compare-traces.js';
import type { Ledger, LedgerAttempt, LedgerJob } from '../e2e/sampling/ledger.js';
import { merged } from '../e2e/sampling/ledger.js';
import { KINDS, kindsOf } from '../e2e/sampling/play.js';
import { offSum, sumsOf } from '../e2e/sampling/sums.js';
import { verdicts } from '../e2e/sampling/verdict.js';
import type { ReceivedSpan } from '../support/otlp-model.js';

const KEPT = { waitMillis: 1000, runMillis: 1000, share: 0.2 };
const GOOD = 500;

function attemptIn(traceId: string, more: Partial<LedgerAttempt> = {}): LedgerAttempt {
  return { traceId, outcome: 'completed', waitMillis: 5, runMillis: 20, ...more };
}

function jobIn(traceId: string, more: Partial<LedgerJob> = {}): LedgerJob {
  return {
    queue: 'q',
    type: 'email',
    traceId,
    attempts: [attemptIn(traceId)],
    end: { outcome: 'completed' },
    ...more,
  };
}

const failed = { outcome: 'failed', errorType: 'no_answer' } as const;
const jobs: readonly LedgerJob[] = [
  ...Array.from({ length: GOOD }, (_, i) => jobIn(`good-${i}`)),
  jobIn('retried', { attempts: [attemptIn('retried', failed), attemptIn('retried')] }),
  jobIn('lost', { attempts: [attemptIn('lost', { outcome: 'lost', errorType: 'lost' }), attemptIn('lost')] }),
  jobIn('waited', { attempts: [attemptIn('waited', { waitMillis: 1200 })] }),
  jobIn('ran', { attempts: [attemptIn('ran', { runMillis: 1200 })] }),
  { queue: 'q', type: 'email', traceId: 'rejected', rejected: 'queue_full', attempts: [] },
  jobIn('cancelled', { attempts: [], end: { outcome: 'abandoned', reason: 'cancelled' } }),
  jobIn('at the threshold', { attempts: [attemptIn('at the threshold', { runMillis: 1000.3 })] }),
];
const ledger: Ledger = {
  jobs,
  spans: Object.fromEntries(
    jobs.map(({ traceId, attempts }) => [
      traceId,
      [`${traceId} enqueue`, ...attempts.map((_, i) => `${traceId} ${i}`)],
    ]),
  ),
  settles: [{ traceId: 'cancelled', reason: 'cancelled' }],
};
const BAD = ['retried', 'lost', 'waited', 'ran', 'rejected', 'cancelled'];

function spansOf(ids: readonly string[], { spans } = ledger): ReceivedSpan[] {
  return ids.flatMap((traceId) =>
    (spans[traceId] ?? []).map((spanId) => ({ traceId, spanId }) as ReceivedSpan),
  );
}

const goods = (n: number): string[] => Array.from({ length: n }, (_, i) => `good-${i}`);
const found = (ids: readonly string[]): readonly string[] =>
  compareTraces(ledger, spansOf(ids), KEPT).mismatches;

describe('what is kept by tail sampling', () => {
  test('compareTraces() - finds nothing where all bad traces are there, and the share of the good ones', () => {
    expect(compareTraces(ledger, spansOf([...BAD, ...goods(100)]), KEPT)).toEqual({
      bad: 6,
      good: GOOD,
      goodKept: 100,
      mismatches: [],
    });
  });

  test.each(BAD)('compareTraces() - finds that the bad trace is missing: %s', (id) => {
    const others = BAD.filter((other) => other !== id);
    expect(found([...others, ...goods(100)])).toEqual([`1 of 6 bad traces are missing, as ${id}`]);
  });

  test('compareTraces() - finds too many and too few good traces', () => {
    expect(found([...BAD, ...goods(154)])).toEqual([]);
    expect(found([...BAD, ...goods(155)])).toEqual(['155 of 500 good traces were kept, not 46 to 154']);
    expect(found([...BAD, ...goods(45)])).toEqual(['45 of 500 good traces were kept, not 46 to 154']);
  });

  test('compareTraces() - finds a trace that is there in part, and spans and traces that nobody made', () => {
    const all = spansOf([...BAD, ...goods(100)]);
    const lacking = all.filter(({ spanId }) => spanId !== 'retried 1');
    expect(compareTraces(ledger, lacking, KEPT).mismatches).toEqual(['trace retried lacks 1 of its 3 spans']);
    const strange = [
      ...all,
      { traceId: 'ran', spanId: 'x' },
      { traceId: 'y', spanId: 'z' },
    ] as ReceivedSpan[];
    expect(compareTraces(ledger, strange, KEPT).mismatches).toEqual([
      'trace ran has a span that was never made: x',
      'trace y was never made',
    ]);
  });

  test('compareTraces() - does not judge what is at a threshold', () => {
    expect(found([...BAD, ...goods(100), 'at the threshold'])).toEqual([]);
  });

  test('verdicts() - a span that settles a job makes its trace one to keep, whoever wanted that end', () => {
    const spans = { a: ['1'], b: ['2'] };
    const settles = [
      { traceId: 'a', reason: 'expired' },
      { traceId: 'b', reason: 'cancelled' },
    ];
    expect([...verdicts({ jobs: [], spans, settles }, KEPT)]).toEqual([
      ['a', 'bad'],
      ['b', 'bad'],
    ]);
  });

  test('offShare() - a count of nothing, or of too little, shows nothing', () => {
    expect(offShare('jobs', 0, 0, 0.2)).toEqual(['there are no jobs: nothing was shown']);
    expect(offShare('jobs', 4, 20, 0.2)).toEqual(['20 jobs are too few to tell 0.2 from nothing']);
  });
});

describe('what comes after the decision', () => {
  const first: Ledger = {
    jobs: [],
    spans: Object.fromEntries(goods(GOOD).map((id) => [id, [`${id} enqueue`]])),
    settles: [],
  };
  const late: Ledger = {
    jobs: [],
    spans: Object.fromEntries(goods(GOOD).map((id) => [id, [`${id} 0`]])),
    settles: [],
  };

  test('compareLate() - finds nothing where a trace is there whole or not at all, and counts its late spans', () => {
    expect(compareLate(first, late, spansOf(goods(100)), 0.2)).toEqual({
      spans: { kept: 100, dropped: 400 },
      mismatches: [],
    });
  });

  test('compareLate() - finds a late span without what came before, and late spans that changed the decision', () => {
    expect(compareLate(first, late, spansOf(goods(101)).slice(1), 0.2).mismatches).toEqual([
      'trace good-0 lacks 1 of its 2 spans',
    ]);
    expect(compareLate(first, late, spansOf(goods(GOOD)), 0.2).mismatches).toEqual([
      '500 of 500 traces that went on too long were kept, not 46 to 154',
    ]);
  });

  test('compareForgotten() - finds what came after a restart missing, and that nothing was forgotten', () => {
    const after = spansOf(goods(GOOD), late);
    expect(compareForgotten(first, late, after)).toEqual([]);
    expect(compareForgotten(first, late, after.slice(1))).toEqual([
      '1 of 500 forgotten traces lack what came after',
    ]);
    expect(compareForgotten(first, late, spansOf(goods(GOOD)))).toEqual([
      'no trace is there in part: nothing was shown',
    ]);
  });
});

describe('metrics beside tail sampling', () => {
  const sums = sumsOf(ledger, 'service_name="s"');
  const answer = (i: number, off = 0): PrometheusSample[] =>
    [...(sums[i]?.wanted ?? [])].map(([key, { total }], n) => ({
      metric: Object.fromEntries(JSON.parse(key) as [string, string][]),
      value: [0, String(n === 0 ? total + off : total)],
    }));

  test.each(sums.map(({ metric, query }, i) => [i, metric, query] as const))(
    'offSum() - finds one too much and one too few: %i %s %s',
    (i) => {
      const sum = sums[i];
      if (sum === undefined) throw new Error('there is no such sum');
      if (sum.wanted.size === 0) return expect(offSum(sum, [])).toHaveLength(1);
      expect(offSum(sum, answer(i))).toEqual([]);
      expect(offSum(sum, answer(i, 1))).toHaveLength(1);
      expect(offSum(sum, answer(i, -1))).toHaveLength(1);
      expect(offSum(sum, answer(i).slice(1))).toHaveLength(1);
      expect(offSum(sum, [...answer(i), { metric: { job_type: 'x' }, value: [0, '1'] }])).toHaveLength(1);
    },
  );

  test('sumsOf() - knows the jobs, attempts and retries of the ledger', () => {
    const total = (metric: string): number =>
      [...(sums.find((sum) => sum.metric === metric)?.wanted.values() ?? [])].reduce(
        (n, one) => n + one.total,
        0,
      );
    expect(total('job_enqueued_total')).toBe(jobs.length - 1);
    expect(total('job_rejected_total')).toBe(1);
    expect(total('job_retries_total')).toBe(1);
    expect(total('job_wait_duration_seconds_count')).toBe(GOOD + 7);
    expect(total('messaging_process_duration_seconds_count')).toBe(GOOD + 6);
  });
});

describe('the jobs that are played', () => {
  test('kindsOf() - is the same for the same seed, and has each kind about as often as it says', () => {
    const kinds = kindsOf(5000, 1);
    expect(kindsOf(5000, 1)).toEqual(kinds);
    for (const [name, { share }] of Object.entries(KINDS))
      expect(offShare(name, kinds.filter((kind) => kind === name).length, 5000, share)).toEqual([]);
  });

  test('merged() - a trace has the spans of all, and a job is what was told last', () => {
    const both = merged([
      { jobs: [jobIn('a', { attempts: [] })], spans: { a: ['1'] }, settles: [] },
      { jobs: [jobIn('a')], spans: { a: ['2'] }, settles: [] },
    ]);
    expect(both.jobs).toEqual([jobIn('a')]);
    expect(both.spans).toEqual({ a: ['1', '2'] });
  });
});
