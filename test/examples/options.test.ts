import { describe, expect, test } from 'vitest';
import { FLAGS, usage } from '../../examples/job-queue/flags.js';
import { parseOptions, UsageError } from '../../examples/job-queue/options.js';

describe('parseOptions', () => {
  test('parseOptions() - plays the scenario of the seed by default', () => {
    expect(parseOptions([], {})).toMatchObject({
      workers: 3,
      capacity: 10,
      speed: 1,
      failureRates: { email: 0.1, report: 0.05, data_processing: 0.08, payment: 0.05 },
      hang: 0,
      timeoutMillis: undefined,
      relation: 'parent',
      format: 'pretty',
      forever: false,
      otlp: undefined,
      ledger: undefined,
      stats: undefined,
      verbose: false,
    });
  });

  test('parseOptions() - takes --fail for several types and leaves the others', () => {
    const { failureRates } = parseOptions(['--fail', 'email=0.9', '--fail', 'payment=1'], {});
    expect(failureRates).toEqual({ email: 0.9, report: 0.05, data_processing: 0.08, payment: 1 });
    expect(parseOptions([], {}).failureRates.email).toBe(0.1);
  });

  test('parseOptions() - gives attempts a time limit where some hang', () => {
    expect(parseOptions(['--hang', '0.2'], {}).timeoutMillis).toBe(1000);
    expect(parseOptions(['--hang', '0.2', '--timeout', '50'], {}).timeoutMillis).toBe(50);
  });

  test('parseOptions() - finds the endpoint in the flag first, then in the environment', () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };
    expect(parseOptions([], env).otlp).toBe('http://collector:4318');
    expect(parseOptions(['--otlp', 'https://here/otlp//'], env).otlp).toBe('https://here/otlp');
    expect(parseOptions([], { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }).otlp).toBeUndefined();
  });

  test.each([
    [['--frobnicate'], 'There is no flag --frobnicate.'],
    [['email'], "'email' is no flag, and there are no other arguments."],
    [['--jobs'], '--jobs needs a value behind it.'],
    [['--forever=yes'], '--forever takes no value.'],
    [['--jobs', '1.5'], "--jobs takes a whole number of at least 0, not '1.5'."],
    [
      ['--jobs', '99999999999999999999'],
      "--jobs takes a whole number of at least 0, not '99999999999999999999'.",
    ],
    [['--seed', 'x'], "--seed takes a whole number of at least 0, not 'x'."],
    [['--capacity', '0'], "--capacity takes a whole number of at least 1, not '0'."],
    [['--speed', '0'], "--speed takes a number above 0, not '0'."],
    [['--speed', 'Infinity'], "--speed takes a number above 0, not 'Infinity'."],
    [['--timeout', ''], "--timeout takes a number above 0, not ''."],
    [['--hang', '1.1'], "--hang takes a rate from 0 to 1, not '1.1'."],
    [['--fail', 'email'], "--fail takes TYPE=RATE, as in email=0.9, not 'email'."],
    [['--fail', 'email=0.1=2'], "--fail takes TYPE=RATE, as in email=0.9, not 'email=0.1=2'."],
    [['--fail', 'email='], "--fail email= takes a rate from 0 to 1, not ''."],
    [['--fail', 'sms=1'], "--fail takes a type of email, report, data_processing or payment, not 'sms'."],
    [['--relation', 'child'], "--relation takes parent, link or none, not 'child'."],
    [['--format', 'xml'], "--format takes pretty or json, not 'xml'."],
    [
      ['--otlp', 'localhost:4318'],
      "--otlp takes an http or https URL, as in http://localhost:4318, not 'localhost:4318'.",
    ],
    [
      ['--ledger', '/no/such/folder/x'],
      "--ledger takes a file in a folder that exists, not '/no/such/folder/x'.",
    ],
    [
      ['--apart'],
      '--apart needs another engine, as in --engine bullmq: the queue of --engine memory lives in the memory of one process.',
    ],
    [['--stats', '.'], "--stats takes a file, and '.' is a folder."],
  ])('parseOptions() - refuses %j in a sentence', (flags, sentence) => {
    expect(() => parseOptions(flags, {})).toThrow(new UsageError(sentence));
  });

  test('parseOptions() - names the variable whose value is no address', () => {
    expect(() => parseOptions([], { OTEL_EXPORTER_OTLP_ENDPOINT: 'nowhere' })).toThrow(
      /^OTEL_EXPORTER_OTLP_ENDPOINT takes an http or https URL/,
    );
  });
});

describe('usage', () => {
  test('usage() - names every flag on a line of its own, within 104 columns', () => {
    const lines = usage().split('\n');
    for (const flag of Object.keys(FLAGS))
      expect(lines.filter((line) => line.startsWith(`  --${flag} `))).toHaveLength(1);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(104);
  });

  test('usage() - is no wider than a terminal of 60 columns, and no wider than before on one of 300', () => {
    const widest = (columns?: number): number =>
      Math.max(
        ...usage(columns)
          .split('\n')
          .map((line) => line.length),
      );
    expect(widest(60)).toBeLessThanOrEqual(60);
    expect(widest(300)).toBe(widest());
  });
});
