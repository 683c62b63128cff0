import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { storedAnswers } from '../e2e/answers.js';
import type { Entry } from '../e2e/logql/entry.js';
import { numbersAt, search } from '../e2e/logql/evaluate.js';
import { parseLogql } from '../e2e/logql/parse.js';
import { indexLabels } from '../e2e/loki/index-labels.js';
import { entryOf } from '../e2e/loki/naming.js';
import type { RecordedLog } from '../e2e/loki/recorded-log.js';
import type { LokiStream } from '../e2e/read/loki.js';

const entries: readonly Entry[] = storedAnswers().recorded.map((record) => entryOf(record, indexLabels));

function count(query: string, some: readonly Entry[] = entries): number {
  return search(parseLogql(query), some).found.length;
}

function names(query: string): readonly string[] {
  return search(parseLogql(query), entries).unknown;
}

const JOBS = '{service_name="job-queue"}';

describe('LogQL', () => {
  test('search() - finds by stream, by structured metadata, and by both', () => {
    const all = count(JOBS);
    expect(all).toBe(entries.length);
    const abandoned = entries.filter(({ metadata }) => metadata.event_name === 'job.abandoned').length;
    expect(abandoned).toBeGreaterThan(0);
    expect(count(`${JOBS} | event_name="job.abandoned"`)).toBe(abandoned);
    expect(count(`${JOBS} | event_name!="job.abandoned"`)).toBe(all - abandoned);
    expect(count(`${JOBS} | event_name=~"job[.]aband.*"`)).toBe(abandoned);
    expect(count(`${JOBS} | event_name=~"aband"`)).toBe(0);
    expect(count(`${JOBS} | event_name!~"job[.]abandoned"`)).toBe(all - abandoned);
    expect(count(`${JOBS} | event_name="job.abandoned" or event_name!="job.abandoned"`)).toBe(all);
    expect(count(`${JOBS} | event_name="job.abandoned", severity_text="DEBUG"`)).toBe(0);
    expect(count(`${JOBS} | (event_name="job.abandoned" and detected_level=~"error|info")`)).toBe(abandoned);
  });

  test('search() - finds by lines and by numbers', () => {
    const all = count(JOBS);
    const failed = count(`${JOBS} |= "processing failed"`);
    expect(failed).toBe(count(`${JOBS} | event_name="job.failed"`));
    expect(failed).toBeGreaterThan(0);
    expect(count(`${JOBS} != "processing failed"`)).toBe(all - failed);
    expect(count(`${JOBS} |~ "processing (failed|gone)$"`)).toBe(failed);
    expect(count(`${JOBS} !~ "processing (failed|gone)$"`)).toBe(all - failed);
    expect(count(`${JOBS} |= "nowhere" or "processing failed"`)).toBe(failed);
    const [first, further] = ['<= 1', '> 1'].map((than) => count(`${JOBS} | job_attempt_number ${than}`));
    expect(first).toBeGreaterThan(0);
    expect(further).toBeGreaterThan(0);
    expect((first ?? 0) + (further ?? 0)).toBe(count(`${JOBS} | job_attempt_number!=""`));
  });

  test.each([
    ['a stream', '{service_name="job-queues"}'],
    ['a label of a stream', '{service_nam="job-queue"}'],
    ['what is no label of a stream', '{job_type="email"}'],
    ['a name in the pipe', `${JOBS} | job_typ="email"`],
    ['a name that is compared by what it is not', `${JOBS} | job_typ!="email"`],
    ['a name with dots that are no underscores', `${JOBS} | jobtype="email"`],
    ['a value', `${JOBS} | event_name="job.abandonned"`],
    ['a number that is not a number', `${JOBS} | job_id > 0`],
    ['what is grouped by', `sum by (error_typ) (count_over_time(${JOBS} | event_name="job.failed" [5m]))`],
  ])('search() - finds nothing where %s is wrong', (_, query) => {
    expect(count(query)).toBe(0);
  });

  test('search() - tells which names no record has', () => {
    expect(names(`${JOBS} | job_typ!="email"`)).toEqual(['no record has job_typ, which the pipe compares']);
    expect(names(`sum by (job_type, typo) (count_over_time(${JOBS} | job_type!="" [5m]))`)).toEqual([
      'no record has typo, which is grouped by',
    ]);
    expect(names(`${JOBS} | job_type="email"`)).toEqual([]);
  });

  test('numbersAt() - counts within the range, by the labels that are asked for', () => {
    const query = parseLogql(`sum by (job_type) (count_over_time(${JOBS} | event_name="job.queued" [10s]))`);
    if (query.kind === 'records') throw new Error('this is a query of numbers');
    const { found } = search(query, entries);
    const [times, types] = [
      found.map(({ time }) => time),
      new Set(found.map(({ metadata }) => metadata.job_type)),
    ];
    const last = times.reduce((a, b) => (a > b ? a : b));
    const sum = (at: bigint): number =>
      numbersAt(query, found, at).reduce((all, { value }) => all + value, 0);
    expect(numbersAt(query, found, last).length).toBe(types.size);
    expect(sum(last)).toBe(times.filter((time) => time > last - 10_000_000_000n).length);
    expect(sum(last + 20_000_000_000n)).toBe(0);
    expect(numbersAt(query, found, last)[0]?.labels).toEqual({ job_type: expect.any(String) });
  });

  test.each([
    ['{service_name="a"} | json', 'json'],
    ['{service_name="a"} | logfmt', 'logfmt'],
    ['{service_name="a"} | line_format "{{.x}}"', 'line_format'],
    ['{service_name="a"} | label_format a=b', 'label_format'],
    ['{service_name="a"} | drop x', 'drop'],
    ['{service_name="a"} | job_duration > 10s', '10s'],
    ['rate({service_name="a"}[5m])', 'rate'],
    ['count(count_over_time({service_name="a"}[5m]))', 'count'],
    ['sum without (x) (count_over_time({service_name="a"}[5m]))', 'without'],
    ['sum(count_over_time({service_name="a"}[5m])) > 5', '> 5'],
    ['count_over_time({service_name="a"}[5m] offset 1m)', 'offset'],
    ['count_over_time({service_name="a"} | unwrap x [5m])', 'unwrap'],
  ])('parseLogql() - refuses what is not evaluated here: %s', (query, part) => {
    const told = /^'(.*)' is a part of LogQL that is not evaluated here: /.exec(refusal(query))?.[1];
    expect(told).toContain(part);
  });

  test.each([
    ['{service_name="a"', 'no LogQL'],
    ['{service_name="a"} | event.name="x"', 'no LogQL'],
    ['{}', 'no LogQL'],
    ['{service_name=~".*"}', 'a selector has to say a value that is not empty'],
    ['{service_name!="a"}', 'a selector has to say a value that is not empty'],
    ['{service_name="a"} | x=~"(?=y)"', 'RE2 has no such pattern'],
    ['{service_name="a"} |~ "("', 'Invalid regular expression'],
  ])('parseLogql() - refuses what Loki refuses: %s', (query, why) => {
    expect(refusal(query)).toContain(why);
  });
});

function refusal(query: string): string {
  try {
    parseLogql(query);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error(`${query} was taken`);
}

describe('the names of labels', () => {
  /** One record of each event, as Loki 3.7.8 answered it, when the collector sent to one. */
  const real = JSON.parse(readFileSync('test/e2e-readers/loki-3.7.8.json', 'utf8')) as LokiStream[];
  /** What only some records of an event have, or what has been told since. */
  const SOMETIMES: ReadonlySet<string> = new Set(['trace_id', 'span_id', 'flags']);

  test('entryOf() - has the very names that a real Loki made of the same events', () => {
    const fixed = (labels: object): string =>
      Object.keys(labels)
        .filter((name) => !SOMETIMES.has(name))
        .sort()
        .join();
    for (const { stream } of real) {
      const own = entries.filter(({ metadata }) => metadata.event_name === stream.event_name);
      const names = own.map((entry) => fixed({ ...entry.stream, ...entry.metadata }));
      expect(names, stream.event_name).toContain(fixed(stream));
    }
  });

  test('entryOf() - calls each severity the level that a real Loki did', () => {
    const levels = new Map(real.map(({ stream }) => [stream.severity_number, stream.detected_level]));
    expect(levels.size).toBeGreaterThan(3);
    for (const { metadata } of entries)
      expect(metadata.detected_level).toBe(levels.get(metadata.severity_number));
  });

  test('entryOf() - makes labels of the stream of what deploy/loki/config.yaml says, and metadata of all else', () => {
    const record: RecordedLog = {
      resource: {
        attributes: [
          { key: 'service.name', value: { stringValue: 's' } },
          { key: 'deployment.environment.name', value: { stringValue: 'e' } },
          { key: 'host.name', value: { stringValue: 'h' } },
        ],
      },
      scope: { name: 'n' },
      log: {
        timeUnixNano: '5',
        body: { intValue: '7' },
        traceId: 'ab',
        attributes: [
          { key: 'a.b-c/d', value: { doubleValue: 0.5 } },
          { key: '1st', value: { boolValue: false } },
          { key: 'list', value: { arrayValue: { values: [{ stringValue: 'x' }, { intValue: '2' }] } } },
          { key: 'map', value: { kvlistValue: { values: [{ key: 'k.l', value: { intValue: '1' } }] } } },
          { key: 'bytes', value: { bytesValue: '00ff' } },
        ],
      },
    };
    expect(entryOf(record, indexLabels)).toEqual({
      time: 5n,
      line: '7',
      stream: { service_name: 's', deployment_environment_name: 'e' },
      metadata: {
        host_name: 'h',
        scope_name: 'n',
        trace_id: 'ab',
        a_b_c_d: '0.5',
        key_1st: 'false',
        list: '["x",2]',
        map_k_l: '1',
        bytes: 'AP8=',
        detected_level: 'unknown',
      },
    });
  });
});
