import { describe, expect, test } from 'vitest';
import { compare } from '../support/compare.js';
import { TRAITS } from '../support/engine-traits.js';
import { runExample, runExported } from '../support/example-run.js';
import { readOtlp } from '../support/otlp-model.js';

/** A folder without programs. */
const NO_PROGRAMS = '/nonexistent';

describe('the example on other engines', () => {
  test('80 jobs on pg-boss, embedded, are told truly', async () => {
    const flags = ['--jobs', '80', '--seed', '7', '--speed', '60', '--workers', '6', '--engine', 'pg-boss'];
    const run = await runExported([...flags, '--relation', 'link']);
    expect(run.code).toBe(0);
    const received = readOtlp(run.endpoint.requests);
    const options = { relation: 'link', engine: TRAITS['pg-boss'], toleranceMillis: 3000 } as const;
    expect(compare(run.ledger, received, options).mismatches).toEqual([]);
    expect(run.ledger.some(({ attempts }) => attempts.length > 1)).toBe(true);
    expect(run.stdout).toContain('pg-boss on embedded PGlite');
  });

  test('without a Redis --engine bullmq says what it needs, and ends with code 1', async () => {
    const env = { PATH: NO_PROGRAMS, REDIS_URL: '' };
    const run = await runExample(['--engine', 'bullmq', '--jobs', '1'], { env });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/--engine bullmq needs a Redis: install redis-server .*REDIS_URL/);
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
