import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startRedisServer } from '../../examples/job-queue/engines/redis-server.js';
import { compare } from '../support/compare.js';
import { TRAITS } from '../support/engine-traits.js';
import type { ExampleOptions, ExportedRun } from '../support/example-run.js';
import { runExample, runExported } from '../support/example-run.js';
import type { Received } from '../support/otlp-model.js';
import { readOtlp } from '../support/otlp-model.js';

const SECRETS = ['@mail.example', 'Welcome to our service', 'user_7_', 'Card Holder'];
/** Few workers: those of pg-boss ask its store all at once, and what each answer waits then is not told. */
const RUN = ['--jobs', '80', '--seed', '7', '--speed', '60', '--workers', '2'];
const BOTH = ['job-queue', 'job-queue-worker'];
const PATIENCE = { timeout: 20_000, interval: 50 };
/** Speed and workers with which what runs does not end by itself. */
const SLOW = ['--speed', '0.001', '--workers', '1'];

interface Accounts {
  readonly destinations: Readonly<
    Record<string, { readonly channels: Record<string, { delivered: number }> }>
  >;
}

describe.each(['bullmq', 'pg-boss', 'graphile-worker'] as const)(
  'the example on %s, in two services',
  (engine) => {
    let run: ExportedRun;
    let received: Received;

    beforeAll(async () => {
      run = await runExported([...RUN, '--engine', engine, '--apart']);
      received = readOtlp(run.endpoint.requests);
    });

    const mismatches = (what: Received): readonly string[] =>
      compare(run.ledger, what, {
        relation: 'parent',
        engine: TRAITS[engine],
        toleranceMillis: 3000,
        services: BOTH,
        secrets: SECRETS,
      }).mismatches;

    test(`example - 80 jobs on ${engine} are told truly by both services together`, () => {
      expect(run.stderr).toBe('');
      expect(run.code).toBe(0);
      expect(run.endpoint.complaints).toEqual([]);
      expect(mismatches(received)).toEqual([]);
      expect(run.ledger).toHaveLength(80);
      expect(run.ledger.some(({ attempts }) => attempts.length === 3)).toBe(true);
      expect(run.ledger.filter(({ cancelledAt }) => cancelledAt !== undefined)).toHaveLength(1);
    });

    test(`example - on ${engine} one service enqueues, the other works, and they share their traces`, () => {
      const servicesOf = (operation: string): unknown[] => [
        ...new Set(
          received.spans
            .filter(({ attributes }) => attributes['messaging.operation.name'] === operation)
            .map(({ service }) => service),
        ),
      ];
      expect(servicesOf('enqueue')).toEqual(['job-queue']);
      expect(servicesOf('settle')).toEqual(['job-queue']);
      expect(servicesOf('process')).toEqual(['job-queue-worker']);
      const tracesOf = (name: string): string[] =>
        [
          ...new Set(received.spans.filter(({ service }) => service === name).map((span) => span.traceId)),
        ].sort();
      const withdrawn = run.ledger.filter(({ attempts }) => attempts.length === 0);
      expect(tracesOf('job-queue')).toHaveLength(80);
      expect(tracesOf('job-queue-worker')).toHaveLength(80 - withdrawn.length);
      expect(tracesOf('job-queue')).toEqual(expect.arrayContaining(tracesOf('job-queue-worker')));
    });

    test(`example - the one summary of ${engine} has the jobs, the attempts and the accounts of both`, () => {
      expect(run.stdout).toMatch(/80 offered = 80 accepted .*\n.* 0 waiting \+ 0 delayed \+ 0 active ✓/);
      expect(run.stdout.match(/^Jobs, after/gm)).toHaveLength(1);
      const waterfall = run.stdout.slice(run.stdout.indexOf('A retried job:')).split('\n');
      expect(waterfall[0]).toMatch(/3 attempts, trace [0-9a-f]{32}$/);
      const spans = waterfall.flatMap(
        (line) => /^ {2}(enqueue|process) \w+( · \d\/\d)? /.exec(line)?.slice(1) ?? [],
      );
      expect(spans).toEqual([
        'enqueue',
        undefined,
        'process',
        ' · 1/3',
        'process',
        ' · 2/3',
        'process',
        ' · 3/3',
      ]);
      const { services, ...sums } = JSON.parse(run.files.stats) as Accounts & {
        services: Record<string, Accounts>;
      };
      const spansOf = ({ destinations }: Accounts): unknown =>
        destinations.collector?.channels.spans?.delivered;
      const came = (name: string): number => received.spans.filter(({ service }) => service === name).length;
      expect(BOTH.map((name) => services[name] && spansOf(services[name]))).toEqual(BOTH.map(came));
      expect(spansOf(sums)).toBe(received.spans.length);
    });

    test(`example - on ${engine} metrics of both services that are alike are two series`, () => {
      const services = new Map<string, Set<unknown>>();
      for (const { metric, attributes, service } of received.series) {
        const key = JSON.stringify([metric, Object.entries(attributes).sort()]);
        services.set(key, (services.get(key) ?? new Set()).add(service));
      }
      expect([...services.values()].filter(({ size }) => size === 2).length).toBeGreaterThan(0);
    });

    test(`example - the audit file of ${engine} has a whole line for each audited signal`, () => {
      const lines = run.files.audit.split('\n').filter(Boolean);
      const told = lines.map(
        (line) => (JSON.parse(line) as { readonly emission: { readonly signal: string } }).emission.signal,
      );
      const audited = run.ledger.filter(
        ({ type, attempts }) =>
          ['payment', 'report'].includes(type) && attempts.at(-1)?.end?.fact === 'returned',
      );
      expect(told).toHaveLength(audited.length);
      expect(new Set(told)).toEqual(new Set(['PAYMENT_PROCESSED', 'REPORT_GENERATED']));
    });

    test(`example - on ${engine} a record of a third service is found`, () => {
      const spoilt = structuredClone(received);
      for (const log of spoilt.logs.slice(0, 1)) log.service = 'job-queue-worker-worker';
      expect(mismatches(spoilt)).toEqual([
        "something came from the scope 'signalbox' of 'job-queue-worker-worker'",
      ]);
    });
  },
);

describe('two services of the example, ended', () => {
  /** Runs it on BullMQ until the first attempt has begun, then does this, once. */
  async function runUntilBegun(
    flags: readonly string[],
    then: (workers: number, kill: (signal: NodeJS.Signals) => void) => void,
    env: ExampleOptions['env'] = {},
  ) {
    let workers = 0;
    let begun = false;
    const run = await runExample(['--engine', 'bullmq', '--apart', ...flags], {
      env,
      onOutput: (stdout, child) => {
        workers = Number(/^workers: process (\d+),/m.exec(stdout)?.[1] ?? workers);
        if (begun || workers === 0 || !stdout.includes('job.started')) return;
        begun = true;
        then(workers, (signal) => child.kill(signal));
      },
    });
    expect(begun).toBe(true);
    return { ...run, workersAreGone: () => vi.waitUntil(() => !isRunning(workers), PATIENCE) };
  }

  test('example - workers that are killed are told, with code 1 and the summary of what is known', async () => {
    const run = await runUntilBegun(['--forever', '--speed', '60'], (workers) =>
      process.kill(workers, 'SIGKILL'),
    );
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/^The workers' process ended by SIGKILL before all was done: .* is lost\.$/m);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
    expect(run.stdout).toMatch(/^ {2}\d+ accepted = .* ✓$/m);
  });

  test('example - the workers end with the process that is killed, though their Redis lives on', async () => {
    const server = await startRedisServer();
    onTestFinished(() => server.stop());
    const run = await runUntilBegun(SLOW, (_, kill) => kill('SIGKILL'), { REDIS_URL: server.url });
    expect(run.code).toBeNull();
    await run.workersAreGone();
  });

  test('example - a second Ctrl-C ends both at once, though the workers hang', async () => {
    let stopping: NodeJS.Timeout | undefined;
    const run = await runUntilBegun(SLOW, (workers, kill) => {
      process.kill(workers, 'SIGSTOP');
      stopping = setInterval(() => kill('SIGINT'), 100);
    });
    clearInterval(stopping);
    expect(run.code).toBe(130);
    await run.workersAreGone();
  });

  test('example - at a Ctrl-C what runs is finished, by services that are called by OTEL_SERVICE_NAME', async () => {
    const run = await runUntilBegun(
      ['--forever', '--speed', '60'],
      (workers, kill) => {
        // A group of their own: the terminal's Ctrl-C does not reach them.
        process.kill(-workers, 0);
        kill('SIGTERM');
      },
      {
        OTEL_SERVICE_NAME: 'shop',
      },
    );
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('two services: shop enqueues, shop-worker works');
    expect(run.stdout).toMatch(/^ {2}\d+ accepted = .* 0 active ✓$/m);
    await run.workersAreGone();
  });
});

/** A process that has ended and that nobody has asked for yet is none. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}
