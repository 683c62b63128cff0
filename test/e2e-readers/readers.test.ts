import { describe, expect, test } from 'vitest';
import type { Answers } from '../e2e/answers.js';
import { lokiOf, readAnswers, recordedOf, storedAnswers } from '../e2e/answers.js';
import { logId } from '../e2e/subjects/exports.js';
import { optionsOf } from '../e2e/subjects/job-queue.js';
import { compare } from '../support/compare.js';
import type { Received, ReceivedLog } from '../support/otlp-model.js';
import { SPOILS } from '../support/spoils/index.js';
import type { Leaf } from './leaves.js';
import { leavesOf, withSpoilt } from './leaves.js';

const answers = storedAnswers();
const options = optionsOf(answers.play);

function mismatches(received: Received): readonly string[] {
  const secrets = [...(options.secrets ?? []), 'SECRET'];
  return compare(answers.ledger, received, { ...options, secrets }).mismatches;
}

/** So many values of a sort are made untrue, one after the other, until one shows: not each of them can be told by the ledger. */
const TRIES = 12;

/** What an untrue value of does not show: it is no telemetry of ours, or the ledger does not know it. */
const UNCOMPARED: readonly RegExp[] = [
  // Versions and the resource.
  /(scope_version|otel\.scope\.version|scope version)$/,
  /, (service_instance_id|instance|job|telemetry_sdk_\w+|resource (service\.instance\.id|telemetry\.sdk\.\w+))$/,
  // The record's own event name: Loki keeps the attribute that the collector makes of it, and so that is what is read.
  /recorded [^,]+, eventName$/,
  // What Jaeger and Loki make themselves of the status and the severity, and when the SDK saw the record.
  /, tag error$/,
  /, (detected_level|flags|observed_timestamp|observedTimeUnixNano)$/,
  // The words of a message and of a rejection.
  /, (line|body)$/,
  /span enqueue, tag otel\.status_description$/,
  // The example's own plain records.
  /(record|recorded) \(plain\), /,
  // Workers and the queue as such: the ledger knows jobs.
  /record (worker|queue)\.\w+, (time|event_name|messaging_destination_name|queue_\w+|worker_(id|state_duration|busy_duration|stop_reason))$/,
  /recorded (worker|queue)\.\w+, (timeUnixNano|traceId|attribute (event\.name|messaging\.destination\.name|queue\.\w+|worker\.(id|state\.duration|busy\.duration|stop\.reason)))$/,
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

/** Log records as they were recorded, and as Loki answers for them. */
const AS_RECORDED = (some: Answers): Received => readAnswers(some);
const BY_LOKI = (some: Answers): Received => readAnswers(some, lokiOf(some));
const BOTH = [
  ['recorded', AS_RECORDED],
  ['answered by Loki', BY_LOKI],
] as const;

function isFound(leaf: Leaf, read: (some: Answers) => Received = AS_RECORDED): boolean {
  return withSpoilt(answers, leaf, () => mismatches(read(answers)).length > 0);
}

function without(
  part: 'jaeger' | 'recorded' | 'loki' | 'prometheus',
  fits: (text: string) => boolean,
): Answers {
  const list: readonly unknown[] = answers[part];
  const left = list.filter((item) => !fits(JSON.stringify(item)));
  expect(left.length).toBeLessThan(list.length);
  return { ...answers, [part]: left };
}

describe('the readers of what real backends answered', () => {
  test.each(BOTH)('read*() - what Jaeger and Prometheus answered and was %s equals the ledger', (_, read) => {
    const received = read(answers);
    expect(mismatches(received)).toEqual([]);
    expect(answers.ledger.length).toBe(60);
    expect(received.spans.length).toBeGreaterThan(100);
    expect(received.logs.length).toBeGreaterThan(300);
  });

  test('readLoki() - reads of what Loki makes of a record what the record is', () => {
    const sorted = (logs: ReceivedLog[]): ReceivedLog[] =>
      logs
        .map((log) => ({ ...log, attributes: Object.fromEntries(Object.entries(log.attributes).sort()) }))
        .sort((a, b) => (logId(a) < logId(b) ? -1 : 1));
    // The example's own records have attributes that no contract names.
    const named = (logs: ReceivedLog[]): ReceivedLog[] =>
      logs.filter(({ eventName }) => eventName !== undefined);
    expect(sorted(named(lokiOf(answers)))).toEqual(sorted(named(recordedOf(answers))));
    expect(lokiOf(answers)).toHaveLength(answers.recorded.length);
  });

  test.each([
    ["Jaeger's", 90, AS_RECORDED],
    ['the recorded', 100, AS_RECORDED],
    ["Loki's", 100, BY_LOKI],
    ["Prometheus's", 70, AS_RECORDED],
  ])('compare() - of every sort of value of %s, an untrue one is found', (backend, atLeast, read) => {
    const sorts = [...sortsOf(backend)].filter(([sort]) => !UNCOMPARED.some((pattern) => pattern.test(sort)));
    expect(sorts.length).toBeGreaterThan(atLeast);
    const missed = sorts
      .filter(([, leaves]) => !leaves.some((leaf) => isFound(leaf, read)))
      .map(([sort]) => sort);
    expect(missed).toEqual([]);
  });

  test('compare() - what is said not to be compared is there', () => {
    const sorts = [...sortsOf('').keys()];
    const vain = UNCOMPARED.filter((pattern) => !sorts.some((sort) => pattern.test(sort)));
    expect(vain).toEqual([]);
  });

  test.each([
    ['a trace that Jaeger lost', 'jaeger', /"job_3_7"/, /'enqueue job_3_7' has 0 spans/],
    [
      'a record that was dropped',
      'recorded',
      /^(?=.*"job_3_7").*"eventName":"job.completed"/,
      /job_3_7 has 0 ends/,
    ],
    ['a record that Loki lost', 'loki', /^(?=.*"job_3_7").*"job.completed"/, /job_3_7 has 0 ends/],
    [
      'a series that Prometheus lost',
      'prometheus',
      /"job_enqueued_total".*"email"/,
      /job.enqueued of job.type=email is 0/,
    ],
  ] as const)('compare() - finds %s', (_, part, item, finds) => {
    const left = without(part, (text) => item.test(text));
    const read = part === 'loki' ? BY_LOKI : AS_RECORDED;
    expect(mismatches(read(left)).join('\n')).toMatch(finds);
  });

  test('readLoki() - leaves out the labels of Loki itself, such as the shard of a stream in which much arrives', () => {
    const sharded = answers.loki.map(({ stream, values }, i) => ({
      stream: { ...stream, __stream_shard__: String(i % 2) },
      values,
    }));
    expect(lokiOf({ ...answers, loki: sharded })).toEqual(lokiOf(answers));
  });

  test('compare() - finds what a backend has twice', () => {
    const [trace, record, stream] = [
      answers.jaeger[0],
      answers.recorded.find(({ log }) => log.eventName === 'job.queued'),
      answers.loki.find(({ stream }) => stream.event_name === 'job.queued'),
    ];
    if (trace === undefined || record === undefined || stream === undefined)
      throw new Error('nothing was answered');
    const twiceSpans = { ...answers, jaeger: [...answers.jaeger, trace] };
    const twiceRecords = { ...answers, recorded: [...answers.recorded, record] };
    const twiceLogs = { ...answers, loki: [...answers.loki, stream] };
    expect(mismatches(readAnswers(twiceSpans)).join('\n')).toMatch(/has 2 spans, not 1/);
    expect(mismatches(AS_RECORDED(twiceRecords)).join('\n')).toMatch(/has 2 log records, not 1/);
    expect(mismatches(BY_LOKI(twiceLogs)).join('\n')).toMatch(/has 2 log records, not 1/);
  });

  test.each(SPOILS)('compare() - finds $what in what was recorded and answered', ({ spoil, finds }) => {
    const received = structuredClone(readAnswers(answers));
    spoil(received);
    expect(mismatches(received).join('\n')).toMatch(finds);
  });
});
