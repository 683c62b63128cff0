import { beforeAll, describe, expect, test } from 'vitest';
import { compare } from './compare.js';
import type { ExportedRun } from './example-run.js';
import { runExported } from './example-run.js';
import type { LedgerJob } from './ledger-reader.js';
import type { Received } from './otlp-model.js';
import { readOtlp } from './otlp-model.js';
import { SPOILS } from './spoils/index.js';

const TIMEOUT_MILLIS = 40;
const FLAGS = [
  '--jobs',
  '150',
  '--seed',
  '7',
  '--speed',
  '200',
  '--workers',
  '4',
  '--hang',
  '0.1',
  '--timeout',
  '40',
];

function mismatches(ledger: readonly LedgerJob[], received: Received): readonly string[] {
  return compare(ledger, received, { relation: 'parent', timeoutMillis: TIMEOUT_MILLIS, secrets: ['SECRET'] })
    .mismatches;
}

describe('compare', () => {
  let run: ExportedRun;
  let received: Received;

  beforeAll(async () => {
    run = await runExported(FLAGS);
    received = readOtlp(run.endpoint.requests);
  }, 60_000);

  test('compare() - finds nothing in what really arrived', () => {
    const result = compare(run.ledger, received, { relation: 'parent', timeoutMillis: TIMEOUT_MILLIS });
    expect(result.mismatches).toEqual([]);
    expect(result.jobs).toBe(150);
    expect(result.attempts).toBeGreaterThan(100);
  });

  test('compare() - holds attempts to the relation that was asked for', () => {
    const { mismatches } = compare(run.ledger, received, { relation: 'link', timeoutMillis: TIMEOUT_MILLIS });
    expect(mismatches.join('\n')).toMatch(/is no root of a trace of its own/);
    expect(mismatches.join('\n')).toMatch(/has the links/);
  });

  test.each(SPOILS)('compare() - finds $what', ({ spoil, finds }) => {
    const spoilt = structuredClone(received);
    spoil(spoilt);
    expect(mismatches(run.ledger, spoilt).join('\n')).toMatch(finds);
  });

  test('compare() - finds what the ledger knows and the telemetry does not', () => {
    const unknown: LedgerJob = {
      id: 'job_7_999999',
      type: 'email',
      accepted: { at: 0, priority: 1, runnableAt: 0, maxAttempts: 3 },
      attempts: [{ number: 1, at: 0, worker: 'worker-1', runnableAt: 0, end: { fact: 'returned', at: 1 } }],
    };
    const found = mismatches([...run.ledger, unknown], received).join('\n');
    expect(found).toMatch(/'enqueue job_7_999999' has 0 spans/);
    expect(found).toMatch(/'process job_7_999999 attempt 1' has 0 spans/);
    expect(found).toMatch(/job_7_999999 has 0 ends/);
    expect(found).toMatch(/job.enqueued of job.type=email is \d+, not \d+/);
  });
});
