import { beforeAll, describe, expect, test } from 'vitest';
import { compare } from '../support/compare.js';
import { bundledExample } from '../support/example-bundle.js';
import type { ExampleRun } from '../support/example-run.js';
import { runExample } from '../support/example-run.js';
import { readLedger } from '../support/ledger-reader.js';
import type { Manner, OtlpEndpoint } from '../support/otlp-endpoint.js';
import { startOtlpEndpoint } from '../support/otlp-endpoint.js';
import type { Received } from '../support/otlp-model.js';
import { readOtlp } from '../support/otlp-model.js';

const RUN = ['--jobs', '300', '--seed', '7', '--speed', '100', '--workers', '8', '--capacity', '100'];
const DEADLINE_MILLIS = 5000;

interface Account {
  readonly routed: number;
  readonly delivered: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly failed: number;
  readonly queued: number;
}

function accounts(run: ExampleRun): Record<string, Account> {
  const { destinations } = JSON.parse(run.files.stats) as {
    destinations: Record<string, { channels: Record<string, Account> }>;
  };
  return destinations.collector?.channels ?? {};
}

/** Data points in all exports together. */
function pointsIn(endpoint: OtlpEndpoint): number {
  let points = 0;
  for (const { kind, body } of endpoint.requests) {
    if (kind !== 'metrics') continue;
    JSON.parse(body.toString(), (key, value: unknown) => {
      if (key === 'dataPoints' && Array.isArray(value)) points += value.length;
      return value;
    });
  }
  return points;
}

async function withEndpoints<T>(n: number, use: (endpoints: OtlpEndpoint[]) => Promise<T>): Promise<T> {
  const endpoints = await Promise.all(Array.from({ length: n }, startOtlpEndpoint));
  try {
    return await use(endpoints);
  } finally {
    await Promise.all(endpoints.map((endpoint) => endpoint.close()));
  }
}

function names(received: Received): { readonly logs: string[]; readonly metrics: string[] } {
  return {
    logs: [...new Set(received.logs.map(({ eventName }) => eventName ?? ''))].sort(),
    metrics: [...new Set(received.series.map(({ metric }) => metric))].sort(),
  };
}

// Runs are compared by their time: none of them bundles.
beforeAll(async () => {
  await bundledExample();
});

describe('the job queue example, with two endpoints', () => {
  test('the second gets what its route says and nothing else, the first gets everything', async () => {
    await withEndpoints(2, async ([first, second]) => {
      if (!first || !second) throw new Error('no endpoints');
      const run = await runExample([
        ...RUN,
        '--otlp',
        first.url,
        '--otlp2',
        second.url,
        '--route2',
        'PAYMENT_*',
      ]);
      expect(run.code).toBe(0);
      const ledger = readLedger(run.files.ledger);
      const all = readOtlp(first.requests);
      const paid = readOtlp(second.requests);
      expect(compare(ledger, all, { relation: 'parent' }).mismatches).toEqual([]);

      const payments = ledger.filter(
        ({ type, attempts }) => type === 'payment' && attempts.some(({ end }) => end?.fact === 'returned'),
      );
      expect(payments.length).toBeGreaterThan(20);
      expect(names(paid)).toEqual({
        logs: ['payment.processed'],
        metrics: ['payment.amount', 'payment.processed'],
      });
      const ids = (items: readonly { attributes: Readonly<Record<string, unknown>> }[]): unknown[] =>
        items.map(({ attributes }) => attributes['job.id']).sort();
      const expected = payments.map(({ id }) => id).sort();
      expect(ids(paid.logs)).toEqual(expected);
      // The attempt that the payment was made in; its enqueue has ended long before.
      expect(ids(paid.spans)).toEqual(expected);
      expect(new Set(paid.spans.map(({ name }) => name))).toEqual(new Set(['process payment']));
      expect(new Set(paid.spans.map(({ spanId }) => spanId))).toEqual(
        new Set(paid.logs.map(({ spanId }) => spanId)),
      );

      const series = (received: Received): unknown[] =>
        received.series
          .filter(({ metric }) => metric.startsWith('payment.'))
          .map(({ metric, attributes, value, count, sum }) =>
            JSON.stringify([metric, attributes, value, count, sum]),
          )
          .sort();
      expect(series(paid)).toEqual(series(all));
    });
  });

  test('--route2 without --otlp2 ends with code 2 and a sentence', async () => {
    const run = await runExample(['--route2', 'PAYMENT_*']);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/^--route2 'PAYMENT_\*' needs --otlp2 URL: where these signals go\./);
  });
});

describe('the job queue example, with an endpoint in trouble', () => {
  async function timed(
    flags: readonly string[],
    manner: Manner | 'gone',
  ): Promise<{ run: ExampleRun; millis: number; received: Received }> {
    const endpoint = await startOtlpEndpoint();
    if (manner === 'gone') await endpoint.close();
    else endpoint.manner = manner;
    const began = performance.now();
    const run = await runExample([...flags, '--otlp', endpoint.url]);
    const millis = performance.now() - began;
    if (manner !== 'gone') await endpoint.close();
    return { run, millis, received: readOtlp(endpoint.requests) };
  }

  test('refusing, hanging or answering 503 for ever, it ends in time, with code 0, and says what was not delivered', {
    timeout: 120_000,
  }, async () => {
    for (const manner of ['gone', 'refuse', 'hang', 'unavailable'] as const) {
      // Right before each: what else the machine does changes from one run to the next.
      const healthy = await timed(RUN, 'accept');
      expect(healthy.run.stdout).not.toContain('not delivered');
      const { run, millis } = await timed(RUN, manner);
      expect(run.code, manner).toBe(0);
      expect(run.stderr, manner).toBe('');
      // The promise is a bound on time, so this is one of the few tests of time: the shutdown's deadline, and no more.
      expect(millis, manner).toBeLessThan(1.2 * healthy.millis + DEADLINE_MILLIS);
      expect(run.stdout, manner).toMatch(/^not delivered to collector: .*\d+ (failed|shutdown)/m);
      for (const [channel, account] of Object.entries(accounts(run))) {
        if (channel === 'spanEvents') continue;
        const { routed, delivered, dropped, failed, queued } = account;
        expect({ channel, delivered, queued }).toEqual({ channel, delivered: 0, queued: 0 });
        expect(routed).toBe(failed + Object.values(dropped).reduce((a, b) => a + b, 0));
        expect(routed).toBeGreaterThan(0);
      }
    }
  });

  test('what --stats calls delivered is what the endpoint counted, also where it goes away in the middle', async () => {
    const endpoint = await startOtlpEndpoint();
    const run = await runExample(['--jobs', '400', '--seed', '7', '--speed', '100', '--otlp', endpoint.url], {
      onOutput: () => {
        const kinds = new Set(endpoint.requests.map(({ kind }) => kind));
        if (kinds.size === 3) endpoint.manner = 'unavailable';
      },
    });
    await endpoint.close();
    expect(run.code).toBe(0);
    const received = readOtlp(endpoint.requests);
    const { logs, spans, metrics } = accounts(run);
    expect(logs?.delivered).toBe(received.logs.length);
    expect(spans?.delivered).toBe(received.spans.length);
    expect(metrics?.delivered).toBe(pointsIn(endpoint));
    expect(metrics?.delivered).toBeGreaterThan(0);
    expect(logs?.failed).toBeGreaterThan(0);
    expect(logs?.delivered).toBeGreaterThan(0);
    for (const account of [logs, spans]) {
      const dropped = Object.values(account?.dropped ?? {}).reduce((a, b) => a + b, 0);
      expect(account?.routed).toBe((account?.delivered ?? 0) + (account?.failed ?? 0) + dropped);
    }
  });

  test('an endpoint that was asked for and does not answer is told in one line, without a stack', async () => {
    const { run } = await timed(['--jobs', '6', '--speed', '100'], 'gone');
    expect(run.stdout.split('\n')[0]).toMatch(/^telemetry goes to .* \(OTLP\/HTTP\), where nothing answers$/);
    expect(run.stdout).not.toMatch(/^ +at /m);
  });
});
