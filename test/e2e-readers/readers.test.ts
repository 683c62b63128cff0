import { describe, expect, test } from 'vitest';
import type { Answers } from '../e2e/answers.js';
import { readAnswers, storedAnswers } from '../e2e/answers.js';
import { optionsOf } from '../e2e/subjects/job-queue.js';
import { compare } from '../support/compare.js';
import type { Answered } from '../support/otlp-model.js';
import { SPOILS } from '../support/spoils/index.js';
import type { Leaf } from './leaves.js';
import { leavesOf, withSpoilt } from './leaves.js';

const answers = storedAnswers();
const options = optionsOf(answers.play);

function mismatches(received: Answered): readonly string[] {
  const secrets = [...(options.secrets ?? []), 'SECRET'];
  return compare(answers.ledger, received, { ...options, secrets }).mismatches;
}

/** So many values of a sort are made untrue, one after the other, until one shows: not each of them can be told by the ledger. */
const TRIES = 12;

/** What an untrue value of does not show: it is no telemetry of ours, or the ledger does not know it. */
const UNCOMPARED: readonly RegExp[] = [
  // Versions and the resource.
  /(scope_version|otel\.scope\.version)$/,
  /, (service_instance_id|instance|job|telemetry_sdk_\w+)$/,
  // What Jaeger and Loki make themselves of the status and the severity, and when the SDK saw the record.
  /, tag error$/,
  /, (detected_level|flags|observed_timestamp)$/,
  // The words of a message and of a rejection.
  /, line$/,
  /span enqueue, tag otel\.status_description$/,
  // The example's own plain records.
  /record \(plain\), /,
  // Workers and the queue as such: the ledger knows jobs.
  /record (worker|queue)\.\w+, (time|event_name|messaging_destination_name|queue_\w+|worker_(id|state_duration|busy_duration|stop_reason))$/,
  /^Prometheus's (worker_|queue_|signalbox_|job_oldest_active_age_seconds)/,
  // All of them 0 at the end, by whatever type.
  /^Prometheus's job_active, (__name__|job_type|messaging_\w+)$/,
  // The step span-metrics compares buckets, with those that the collector makes of the spans.
  /_bucket, /,
];

/** The first leaves of each sort. */
function sortsOf(backend: string): Map<string, Leaf[]> {
  const sorts = new Map<string, Leaf[]>();
  for (const leaf of leavesOf(answers)) {
    const known = sorts.get(leaf.sort) ?? [];
    if (leaf.sort.startsWith(backend) && known.length < TRIES) sorts.set(leaf.sort, [...known, leaf]);
  }
  return sorts;
}

function isFound(leaf: Leaf, read: () => Answered = () => readAnswers(answers)): boolean {
  return withSpoilt(answers, leaf, () => mismatches(read()).length > 0);
}

function withoutLogs(): Answered {
  return { ...readAnswers(answers), logs: undefined };
}

/** What the ledger does not know, and only an event and its log record tell alike: found by the difference between Jaeger and Loki. */
const ONLY_BY_DIFFERENCE: readonly RegExp[] = [
  /event job\.(queued|rejected), field queue\.(size|capacity)$/,
  /event job\.failed, field exception\.(type|stacktrace)$/,
  /event (data|email|report|payment)\.\w+, field (data\.source|email\.(subject|to)|report\.id|enduser\.id|payment\.card\.holder)$/,
];

function without(part: 'jaeger' | 'loki' | 'prometheus', fits: (text: string) => boolean): Answers {
  const list: readonly unknown[] = answers[part];
  const left = list.filter((item) => !fits(JSON.stringify(item)));
  expect(left.length).toBeLessThan(list.length);
  return { ...answers, [part]: left };
}

describe('the readers of what real backends answered', () => {
  test('read*() - what Jaeger, Loki and Prometheus answered equals the ledger', () => {
    const received = readAnswers(answers);
    expect(mismatches(received)).toEqual([]);
    expect(answers.ledger.length).toBe(60);
    expect(received.spans.length).toBeGreaterThan(100);
    expect(received.logs.length).toBeGreaterThan(300);
  });

  test.each([
    ['Jaeger', 90],
    ['Loki', 100],
    ['Prometheus', 70],
  ])('compare() - of every sort of value that %s answers, an untrue one is found', (backend, atLeast) => {
    const sorts = [...sortsOf(backend)].filter(([sort]) => !UNCOMPARED.some((pattern) => pattern.test(sort)));
    expect(sorts.length).toBeGreaterThan(atLeast);
    const missed = sorts.filter(([, leaves]) => !leaves.some((leaf) => isFound(leaf))).map(([sort]) => sort);
    expect(missed).toEqual([]);
  });

  test('compare() - without log records finds nothing amiss in what Jaeger and Prometheus answered', () => {
    expect(mismatches(withoutLogs())).toEqual([]);
  });

  test.each([
    ['Jaeger', 90],
    ['Prometheus', 70],
  ])(
    'compare() - without log records, of every sort of value that %s answers, an untrue one is found',
    (backend, atLeast) => {
      const known = [...UNCOMPARED, ...ONLY_BY_DIFFERENCE];
      const sorts = [...sortsOf(backend)].filter(([sort]) => !known.some((pattern) => pattern.test(sort)));
      expect(sorts.length).toBeGreaterThan(atLeast);
      const missed = sorts.filter(([, leaves]) => !leaves.some((leaf) => isFound(leaf, withoutLogs)));
      expect(missed.map(([sort]) => sort)).toEqual([]);
    },
  );

  test('compare() - what is said not to be compared is there', () => {
    const sorts = [...sortsOf('').keys()];
    const vain = [...UNCOMPARED, ...ONLY_BY_DIFFERENCE].filter(
      (pattern) => !sorts.some((sort) => pattern.test(sort)),
    );
    expect(vain).toEqual([]);
  });

  test.each([
    ['a trace that Jaeger lost', 'jaeger', /"job_3_7"/, /'enqueue job_3_7' has 0 spans/],
    ['a record that Loki lost', 'loki', /"job.completed".*"job_3_7"/, /job_3_7 has 0 ends/],
    [
      'a series that Prometheus lost',
      'prometheus',
      /"job_enqueued_total".*"email"/,
      /job.enqueued of job.type=email is 0/,
    ],
  ] as const)('compare() - finds %s', (_, part, item, finds) => {
    const left = without(part, (text) => item.test(text));
    expect(mismatches(readAnswers(left)).join('\n')).toMatch(finds);
  });

  test('readLoki() - leaves out the labels of Loki itself, such as the shard of a stream in which much arrives', () => {
    const sharded = answers.loki.map(({ stream, values }, i) => ({
      stream: { ...stream, __stream_shard__: String(i % 2) },
      values,
    }));
    expect(readAnswers({ ...answers, loki: sharded }).logs).toEqual(readAnswers(answers).logs);
  });

  test('compare() - finds what a backend has twice', () => {
    const [trace, stream] = [
      answers.jaeger[0],
      answers.loki.find(({ stream }) => stream.event_name === 'job.queued'),
    ];
    if (trace === undefined || stream === undefined) throw new Error('nothing was answered');
    const twiceSpans = { ...answers, jaeger: [...answers.jaeger, trace] };
    const twiceLogs = { ...answers, loki: [...answers.loki, stream] };
    expect(mismatches(readAnswers(twiceSpans)).join('\n')).toMatch(/has 2 spans, not 1/);
    expect(mismatches(readAnswers(twiceLogs)).join('\n')).toMatch(/has 2 log records, not 1/);
  });

  test.each(SPOILS)('compare() - finds $what in what the backends answered', ({ spoil, finds }) => {
    const received = structuredClone(readAnswers(answers));
    spoil(received);
    expect(mismatches(received).join('\n')).toMatch(finds);
  });
});
