import { beforeAll, describe, expect, test } from 'vitest';
import { compare } from '../support/compare.js';
import { TRAITS } from '../support/engine-traits.js';
import type { ExportedRun } from '../support/example-run.js';
import { runExample, runExported } from '../support/example-run.js';
import type { Received, ReceivedSpan } from '../support/otlp-model.js';
import { readOtlp } from '../support/otlp-model.js';

/** A folder without programs. */
const NO_PROGRAMS = '/nonexistent';
const PASSWORD = 'hush-hush';

describe('the example on pg-boss, embedded', () => {
  const FLAGS = ['--jobs', '80', '--seed', '7', '--speed', '60', '--workers', '6', '--engine', 'pg-boss'];
  let run: ExportedRun;
  let received: Received;

  beforeAll(async () => {
    run = await runExported([...FLAGS, '--relation', 'link']);
    received = readOtlp(run.endpoint.requests);
  }, 60_000);

  function mismatches(what: Received): readonly string[] {
    const options = { relation: 'link', engine: TRAITS['pg-boss'], toleranceMillis: 3000 } as const;
    return compare(run.ledger, what, options).mismatches;
  }

  /** The mismatches where each attempt told another wait, in seconds. */
  function withWaits(wait: (span: ReceivedSpan, told: number) => number): readonly string[] {
    const spoilt = structuredClone(received);
    for (const span of spoilt.spans) {
      const told = span.attributes['job.wait.duration'];
      if (typeof told === 'number') span.attributes['job.wait.duration'] = wait(span, told);
    }
    return mismatches(spoilt);
  }

  test('80 jobs are told truly, one of them withdrawn', () => {
    expect(run.code).toBe(0);
    expect(mismatches(received)).toEqual([]);
    expect(run.ledger).toHaveLength(80);
    expect(run.ledger.some(({ attempts }) => attempts.length > 1)).toBe(true);
    expect(run.ledger.filter(({ cancelledAt }) => cancelledAt !== undefined)).toHaveLength(1);
  });

  test('the run says what it ran on, and names no capacity that nothing has', () => {
    expect(run.stdout).toMatch(/pg-boss on embedded PGlite, 6 at a time of each type; .* refuses nothing/);
    expect(run.stdout).toContain('worker_count=6');
    expect(run.stdout).not.toContain('buffer_size');
  });

  test('waits that are told a little too long are found', () => {
    expect(withWaits((_, told) => told + 2).join('\n')).toMatch(/tells a wait of/);
  });

  test('waits that count the time before a retry was due are found', () => {
    const found = withWaits((span, told) => (span.attributes['job.attempt.number'] === 1 ? told : told + 1));
    expect(found.join('\n')).toMatch(/attempt 2 tells a wait of/);
  });

  test('waits that are told too short throughout are found', () => {
    expect(withWaits(() => 0).join('\n')).toMatch(/waits of first attempts only \d+ are told within/);
  });
});

describe('the example without its engine', () => {
  test.each([
    ['bullmq', { PATH: NO_PROGRAMS, REDIS_URL: '' }, /needs a Redis: install redis-server .*REDIS_URL/],
    ['bullmq', { REDIS_URL: `redis://:${PASSWORD}@127.0.0.1:1` }, /of REDIS_URL does not answer: .*REFUSED/],
    ['bullmq', { REDIS_URL: `u:${PASSWORD}@127.0.0.1:1` }, /REDIS_URL is no redis:\/\/ or rediss:\/\/ URL/],
    [
      'graphile-worker',
      { POSTGRES_URL: `postgres://u:${PASSWORD}@127.0.0.1:1/d` },
      /of POSTGRES_URL does not answer: .*REFUSED/,
    ],
    [
      'pg-boss --apart',
      { POSTGRES_URL: `postgres://u:${PASSWORD}@127.0.0.1:1/d` },
      /--apart needs a PostgreSQL, and the one of POSTGRES_URL does not answer: .*REFUSED/,
    ],
  ])('--engine %s says what it needs, and ends with code 1 (%j)', async (engine, env, sentence) => {
    const run = await runExample(['--engine', ...engine.split(' '), '--jobs', '1'], { env });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(sentence);
    expect(run.stderr).not.toMatch(/\n.*\n|^ +at /m);
    expect(run.stderr + run.stdout).not.toContain(PASSWORD);
  });

  test.each([
    [['--engine', 'rabbit'], /--engine takes memory, bullmq, pg-boss or graphile-worker, not 'rabbit'/],
    [['--engine', 'bullmq', '--hang', '0.1'], /--hang and --timeout are for --engine memory/],
  ])('%j ends with code 2 and a sentence', async (flags, sentence) => {
    const run = await runExample(flags);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(sentence);
  });
});
