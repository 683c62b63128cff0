import { describe, expect, test } from 'vitest';
import { compare } from '../support/compare.js';
import { TRAITS } from '../support/engine-traits.js';
import { runExported } from '../support/example-run.js';
import { readOtlp } from '../support/otlp-model.js';

const SECRETS = ['@mail.example', 'Welcome to our service', 'user_7_', 'Card Holder'];
const RUN = ['--jobs', '300', '--seed', '7', '--speed', '40', '--workers', '8'];

describe.each(['bullmq', 'pg-boss', 'graphile-worker'] as const)('the example on %s', (engine) => {
  test(`example - 300 jobs on ${engine} are told truly, by the check that the queue in memory passes`, async () => {
    const run = await runExported([...RUN, '--engine', engine]);
    expect(run.stderr).toBe('');
    expect(run.code).toBe(0);
    expect(run.endpoint.complaints).toEqual([]);
    const received = readOtlp(run.endpoint.requests);
    const options = {
      relation: 'parent',
      engine: TRAITS[engine],
      toleranceMillis: 3000,
      secrets: SECRETS,
    } as const;
    const { mismatches, jobs } = compare(run.ledger, received, options);
    expect(mismatches).toEqual([]);
    expect(jobs).toBe(300);
    const retried = run.ledger.filter(({ attempts }) => attempts.length > 1);
    expect(retried.length).toBeGreaterThan(10);
    expect(run.ledger.filter(({ cancelledAt }) => cancelledAt !== undefined).length).toBe(1);
  });
});
