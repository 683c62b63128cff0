import { describe, expect, test } from 'vitest';
import type { CompareOptions } from '../support/compare.js';
import { compare } from '../support/compare.js';
import type { ExampleRun, ExportedRun } from '../support/example-run.js';
import { runExample, runExported } from '../support/example-run.js';
import { startOtlpEndpoint } from '../support/otlp-endpoint.js';
import { readOtlp } from '../support/otlp-model.js';

/** Parts of all sensitive values of the payloads, and of nothing else. */
const SECRETS = ['@mail.example', 'Welcome to our service', 'user_7_', 'Card Holder'];

const RUN = ['--jobs', '500', '--seed', '7', '--speed', '200', '--workers', '8'];

function expectTrue(run: ExportedRun, options: CompareOptions): void {
  expect(run.endpoint.complaints).toEqual([]);
  const { mismatches } = compare(run.ledger, readOtlp(run.endpoint.requests), {
    secrets: SECRETS,
    ...options,
  });
  expect(mismatches).toEqual([]);
}

function count(run: ExportedRun, holds: (job: ExportedRun['ledger'][number]) => boolean): number {
  return run.ledger.filter(holds).length;
}

/** The lines that no signal made: what is said to the person who watches. */
function conservation(run: ExampleRun): string | undefined {
  return /^ {2}[\d,]+ accepted = .*$/m.exec(run.stdout + run.stderr)?.[0];
}

describe('the job queue example, against its ledger', () => {
  test.each(['parent', 'link', 'none'] as const)(
    '500 jobs are told truly, with --relation %s',
    async (relation) => {
      const run = await runExported([...RUN, '--capacity', '100', '--relation', relation]);
      expect(run.code).toBe(0);
      expectTrue(run, { relation });
      expect(run.ledger).toHaveLength(500);
      expect(count(run, ({ attempts }) => attempts.length > 1)).toBeGreaterThan(10);
      expect(count(run, ({ rejected }) => rejected !== undefined)).toBeGreaterThan(0);
      expect(count(run, ({ cancelledAt }) => cancelledAt !== undefined)).toBe(1);
    },
  );

  test.each([-6, 6])('a process that took its time origin %s ms wrong tells the truth', async (millis) => {
    const wrong = `const origin = performance.timeOrigin + ${millis}; Object.defineProperty(performance, 'timeOrigin', { value: origin });`;
    const preload = `data:text/javascript,${encodeURIComponent(wrong)}`;
    const run = await runExported([...RUN, '--capacity', '100'], {
      env: { NODE_OPTIONS: `--import=${preload}` },
    });
    expect(run.code).toBe(0);
    expectTrue(run, { relation: 'parent' });
  });

  test('an overload is told truly', async () => {
    const run = await runExported([...RUN, '--capacity', '10', '--fail', 'email=0.9']);
    expect(run.code).toBe(0);
    expectTrue(run, { relation: 'parent' });
    expect(count(run, ({ attempts, accepted }) => attempts.length === accepted?.maxAttempts)).toBeGreaterThan(
      50,
    );
  });

  test('attempts that hang until their time limit are told truly', async () => {
    const run = await runExported([...RUN, '--capacity', '100', '--hang', '0.2', '--timeout', '50']);
    expect(run.code).toBe(0);
    expectTrue(run, { relation: 'parent', timeoutMillis: 50 });
    const timedOut = run.ledger
      .flatMap(({ attempts }) => attempts)
      .filter(({ end }) => end?.fact === 'timed_out');
    expect(timedOut.length).toBeGreaterThan(50);
  });

  test.each([
    ['of 500 jobs', RUN],
    ['without an end', [...RUN.slice(2), '--forever']],
  ])('a run %s that Ctrl-C stops is told truly', async (_, flags) => {
    const run = await runExported([...flags, '--capacity', '100'], {
      onOutput: (stdout, child) => {
        const isUnderWay = stdout.split('job.completed').length > 150;
        if (isUnderWay && !stdout.includes('Stopping:')) child.kill('SIGINT');
      },
    });
    expect(run.code).toBe(0);
    expectTrue(run, { relation: 'parent' });
    expect(run.ledger.length).toBeGreaterThan(150);
    expect(run.stdout).toMatch(/Stopping: what runs is finished/);
    expect(conservation(run)).toMatch(/ 0 waiting \+ 0 delayed \+ 0 active ✓$/);
  });

  test('20,000 jobs are told truly', { timeout: 90_000 }, async () => {
    const flags = [
      '--jobs',
      '20000',
      '--speed',
      '2000',
      '--workers',
      '32',
      '--capacity',
      '4000',
      '--seed',
      '7',
    ];
    const run = await runExported(flags);
    expect(run.code).toBe(0);
    expectTrue(run, { relation: 'parent' });
    expect(run.ledger).toHaveLength(20_000);
  });

  test('without workers all that was accepted waits, and is abandoned at the end', async () => {
    const run = await runExported(['--jobs', '30', '--seed', '7', '--speed', '500', '--workers', '0']);
    expect(run.code).toBe(0);
    expectTrue(run, { relation: 'parent' });
    expect(count(run, ({ accepted }) => accepted !== undefined)).toBe(10);
    expect(conservation(run)).toBe(
      '  10 accepted = 0 completed + 10 abandoned + 0 waiting + 0 delayed + 0 active ✓',
    );
  });

  test('telemetry goes to OTEL_EXPORTER_OTLP_ENDPOINT, compressed where that is asked for', async () => {
    const endpoint = await startOtlpEndpoint();
    try {
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint.url}/`, OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' };
      const run = await runExample(['--jobs', '6', '--speed', '100'], { env });
      expect(run.stdout).toContain(`telemetry goes to ${endpoint.url} (OTLP/HTTP)`);
      expect(new Set(endpoint.requests.map(({ kind }) => kind))).toEqual(
        new Set(['traces', 'logs', 'metrics']),
      );
      expect(endpoint.complaints).toEqual([]);
    } finally {
      await endpoint.close();
    }
  });
});

describe('the job queue example, as a person sees it', () => {
  test.each([1, 2, 3])('a retry, an abandonment and a backlog are seen, with --seed %i', async (seed) => {
    const run = await runExample(['--seed', String(seed), '--speed', '40']);
    expect(run.code).toBe(0);
    expect(run.stderr).toBe('');
    for (const name of [
      'job.retrying',
      'job.abandoned',
      'job.rejected',
      'queue.backlog ',
      'queue.backlog_cleared',
    ]) {
      expect(run.stdout).toContain(name);
    }
    expect(run.stdout).toMatch(/^ALERT: JOB_ABANDONED - /m);
    expect(run.stdout).toMatch(/^ALERT: QUEUE_BACKLOG - /m);
    expect(conservation(run)).toMatch(
      /^ {2}\d+ accepted = \d+ completed \+ \d+ abandoned \+ 0 waiting \+ 0 delayed \+ 0 active ✓$/,
    );
    expect(run.stdout).toMatch(
      new RegExp(`^A retried job: job_${seed}_\\d+ \\(\\w+\\), 3 attempts, trace [0-9a-f]{32}$`, 'm'),
    );
  });

  test('no line of the summary is wider than 100 columns, and nothing has colours that is no terminal', async () => {
    const { stdout } = await runExample(['--speed', '40']);
    const summary = stdout.slice(stdout.indexOf('\nJobs, after'));
    expect(Math.max(...summary.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(stdout).not.toContain('\u001b');
  });

  test('jobs that fail again and again raise an alert', async () => {
    const run = await runExample(['--speed', '40', '--fail', 'email=1', '--fail', 'report=1']);
    expect(run.stdout).toMatch(/^ALERT: QUEUE_FAILURE_RATE - High job failure rate detected$/m);
  });

  test('--stats accounts for everything', async () => {
    const run = await runExported(['--jobs', '40', '--seed', '7', '--speed', '200']);
    const { destinations, refused } = JSON.parse(run.files.stats) as {
      destinations: Record<
        string,
        { channels: Record<string, Record<string, number> & { dropped: Record<string, number> }> }
      >;
      refused: object;
    };
    expect(Object.keys(destinations).sort()).toEqual([
      'alerts',
      'audit',
      'collector',
      'console',
      'otel',
      'second',
    ]);
    expect(refused).toEqual({});
    for (const { channels } of Object.values(destinations)) {
      for (const { routed, delivered, handedOver, dropped, failed, queued } of Object.values(channels)) {
        expect({ dropped, failed, queued }).toEqual({ dropped: {}, failed: 0, queued: 0 });
        expect(routed).toBe((delivered ?? 0) + (handedOver ?? 0));
      }
    }
    const lines = run.files.audit.split('\n').filter(Boolean);
    expect(lines).toHaveLength(destinations.audit?.channels.sink?.delivered ?? 0);
  });

  test('a second Ctrl-C ends it at once', async () => {
    let stopping: NodeJS.Timeout | undefined;
    const run = await runExample(['--hang', '1', '--timeout', '600000', '--jobs', '3', '--speed', '100'], {
      onOutput: (stdout, child) => {
        if (!stdout.includes('job.started') || stopping !== undefined) return;
        stopping = setInterval(() => child.kill('SIGINT'), 100);
      },
    });
    clearInterval(stopping);
    expect(run.code).toBe(130);
    expect(run.stdout).toMatch(/Stopping: what runs is finished/);
    expect(conservation(run)).toBeUndefined();
  });
});

describe('the job queue example, as JSON lines', () => {
  /** The seed's keys, in the seed's order. */
  const KEYS: Readonly<Record<string, readonly string[]>> = {
    WORKER_STARTED: ['worker_id'],
    JOB_QUEUED: ['job_id', 'job_type', 'priority', 'queue_size'],
    JOB_STARTED: ['worker_id', 'job_id', 'job_type', 'attempt', 'max_attempts'],
    JOB_COMPLETED: ['worker_id', 'job_id', 'job_type', 'duration', 'attempts'],
    JOB_FAILED: ['worker_id', 'job_id', 'job_type', 'attempt', 'duration', 'error'],
    JOB_RETRYING: ['job_id', 'job_type', 'attempt', 'retry_delay'],
    JOB_ABANDONED: ['job_id', 'job_type', 'attempts'],
    QUEUE_HEALTH_CHECK: ['total_jobs', 'completed_jobs', 'failed_jobs', 'queue_size', 'success_rate'],
    QUEUE_BACKLOG: ['queue_size', 'queue_capacity'],
    EMAIL_SENT: ['job_id', 'to', 'subject', 'template'],
    REPORT_GENERATED: ['job_id', 'report_id', 'report_type', 'user_id'],
    DATA_PROCESSED: ['job_id', 'data_source', 'operation'],
    PAYMENT_PROCESSED: ['job_id', 'user', 'card_holder', 'currency', 'amount'],
    WORKER_STOPPED: ['worker_id'],
  };

  test('stdout has nothing but lines with the keys of the seed, first and in its order', async () => {
    const run = await runExported(['--jobs', '60', '--seed', '7', '--speed', '100', '--format', 'json']);
    const lines = run.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const seen = new Set<unknown>();
    for (const line of lines) {
      const keys = KEYS[String(line.signal)];
      seen.add(line.signal);
      if (keys === undefined) continue;
      // An attempt that ended before the first health check leaves it without a rate.
      const wanted = line.success_rate === undefined ? keys.filter((key) => key !== 'success_rate') : keys;
      expect(Object.keys(line).slice(0, wanted.length + 3)).toEqual(['time', 'signal', 'message', ...wanted]);
    }
    expect([...seen]).toEqual(expect.arrayContaining(Object.keys(KEYS)));
    const completed = lines.find(({ signal }) => signal === 'JOB_COMPLETED');
    expect(completed?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
    expect(completed?.duration).toMatch(/^[\d.]+s$/);
    expect(run.stderr).toMatch(/^ALERT: JOB_ABANDONED - /m);
    expect(conservation(run)).toMatch(/ active ✓$/);
    expect(run.stdout).not.toContain('accepted =');
  });

  test.each(['pretty', 'json'])(
    'no sensitive value is in any output or file, with --format %s',
    async (format) => {
      const run = await runExported([...RUN, '--capacity', '100', '--format', format]);
      const all = [
        run.stdout,
        run.stderr,
        ...Object.values(run.files),
        ...run.endpoint.requests.map(({ body }) => body),
      ];
      for (const secret of SECRETS) {
        expect(
          all.filter((text) => text.includes(secret)),
          secret,
        ).toEqual([]);
      }
      expect(run.stdout).toMatch(/EMAIL_SENT|email\.sent/);
      expect(run.files.audit).toMatch(/"signal":"PAYMENT_PROCESSED".*"user":"\[redacted\]"/);
      expect(run.files.audit).not.toContain('EMAIL_SENT');
    },
  );
});

describe('the job queue example, used wrongly', () => {
  test.each([
    [['--colour', 'red'], 'There is no flag --colour.'],
    [['--fail', 'sms=0.5'], "--fail takes a type of email, report, data_processing or payment, not 'sms'."],
    [['--workers', '-1'], '--workers needs a value behind it.'],
  ])('%j ends with code 2 and a sentence', async (flags, sentence) => {
    const run = await runExample(flags);
    expect(run.code).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toContain(sentence);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
  });
});
