import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { indexLabels } from '../e2e/loki/index-labels.js';
import { recordedIn } from '../e2e/loki/recorded.js';
import { FILES, startStandIn } from '../e2e/loki/stand-in.js';
import type { LokiAnswer } from '../e2e/read/loki.js';

const NOW = BigInt(Date.now()) * 1_000_000n;
const ID = { trace: Buffer.alloc(16, 0xab), span: Buffer.alloc(8, 0xcd) };

let directory: string;
const servers: Server[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signalbox-stand-in-'));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  rmSync(directory, { recursive: true });
});

async function start(unreadyMillis = 0): Promise<string> {
  const server = await startStandIn({ host: '127.0.0.1', port: 0, directory, indexLabels, unreadyMillis });
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

// What is written here by hand is what no exporter would send.
function varint(value: bigint): Buffer {
  return value < 128n
    ? Buffer.from([Number(value)])
    : Buffer.concat([Buffer.from([Number(value & 127n) | 128]), varint(value >> 7n)]);
}
function whole(field: number, value: bigint): Buffer {
  return Buffer.concat([varint(BigInt(field) << 3n), varint(value)]);
}
function fixed(field: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return Buffer.concat([varint((BigInt(field) << 3n) | 1n), bytes]);
}
function within(field: number, ...parts: (Buffer | string)[]): Buffer {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  return Buffer.concat([varint((BigInt(field) << 3n) | 2n), varint(BigInt(bytes.length)), bytes]);
}
function attribute(field: number, key: string, ...value: Buffer[]): Buffer {
  return within(field, within(1, key), within(2, ...value));
}

const time = fixed(1, NOW);
const observed = fixed(11, NOW);
const body = within(5, within(1, 'said'));
const resource = within(
  1,
  attribute(1, 'service.name', within(1, 'app')),
  attribute(1, 'service.instance.id', within(1, 'one')),
);
const scope = within(1, within(1, 'lib'));

/** A request with one record of these fields. */
function request(...log: Buffer[]): Buffer {
  return within(1, resource, within(2, scope, within(2, ...log)));
}

const GOOD = request(
  time,
  observed,
  whole(2, 13n),
  within(3, 'WARN'),
  body,
  attribute(6, 'event.name', within(1, 'job.failed')),
  attribute(6, 'job.attempts', whole(3, 2n)),
  within(9, ID.trace),
  within(10, ID.span),
);

function push(
  url: string,
  bytes: Buffer,
  headers: Record<string, string> = {},
  path = '/otlp/v1/logs',
): Promise<Response> {
  const all = { 'content-type': 'application/x-protobuf', ...headers };
  return fetch(url + path, { method: 'POST', body: new Uint8Array(bytes), headers: all });
}

const KEY = { service: 'app', instance: 'one' };

describe('the stand-in at Loki’s address', () => {
  test('startStandIn() - keeps what it took as it came, zipped or not', async () => {
    const url = await start();
    expect((await push(url, GOOD)).status).toBe(200);
    expect((await push(url, gzipSync(GOOD), { 'content-encoding': 'gzip' })).status).toBe(200);
    const recorded = recordedIn(directory);
    expect(recorded.refusals()).toEqual([]);
    const [first, second, ...more] = recorded.of(KEY);
    expect(first).toEqual({
      traceId: 'ab'.repeat(16),
      spanId: 'cd'.repeat(8),
      eventName: 'job.failed',
      time: String(NOW),
      severity: 13,
      severityText: 'WARN',
      body: 'said',
      attributes: { 'job.attempts': 2 },
      scope: 'lib',
      service: 'app',
    });
    expect(second).toEqual(first);
    expect(more).toEqual([]);
    expect(recorded.of({ service: 'app', instance: 'two' })).toEqual([]);
  });

  test('startStandIn() - what it took is in the file before the sender hears of it, and there after a restart', async () => {
    const url = await start();
    await push(url, GOOD);
    const lines = readFileSync(join(directory, FILES.records), 'utf8').split('\n');
    expect(lines).toHaveLength(2);
    // As a process leaves it that was killed while it wrote.
    appendFileSync(join(directory, FILES.records), '{"resource":{"attr');
    const again = await start();
    await push(again, request(fixed(1, NOW - 1n), observed, body));
    expect(recordedIn(directory).of(KEY)).toHaveLength(2);
    const found = await query(again, '{service_name="app"}');
    expect(found.data.result).toHaveLength(2);
  });

  test('startStandIn() - is not ready at first, and says so to who sends', async () => {
    const url = await start(60_000);
    expect((await fetch(`${url}/ready`)).status).toBe(503);
    expect((await push(url, GOOD)).status).toBe(503);
    expect(recordedIn(directory).of(KEY)).toEqual([]);
    expect(recordedIn(directory).refusals()).toEqual([]);
    const ready = await start();
    expect((await fetch(`${ready}/ready`)).status).toBe(200);
  });

  test('startStandIn() - answers for what came twice once, as Loki does', async () => {
    const url = await start();
    for (let i = 0; i < 3; i++) await push(url, GOOD);
    const { data } = await query(url, '{service_name="app"} | event_name="job.failed" | job_attempts > 1');
    expect(data.result).toHaveLength(1);
    expect(data.result[0]?.values).toEqual([[String(NOW), 'said']]);
  });

  test('startStandIn() - refuses a query that is none, and finds nothing by a name that no record has', async () => {
    const url = await start();
    await push(url, GOOD);
    const none = await fetch(`${url}/loki/api/v1/query_range?query=${encodeURIComponent('{a="b"} | json')}`);
    expect(none.status).toBe(400);
    expect(await none.text()).toContain("'| json' is a part of LogQL that is not evaluated here");
    const unknown = await query(url, '{service_name="app"} | job_attempt!=""');
    expect(unknown.data.result).toEqual([]);
    expect(unknown).toMatchObject({ warnings: ['no record has job_attempt, which the pipe compares'] });
  });

  test.each<[string, Buffer, string]>([
    ['a field that no record has', request(time, observed, body, whole(13, 1n)), 'logRecords has a field 13'],
    ['a field twice', request(time, time, observed, body), 'timeUnixNano is there twice'],
    ['a field of another wire type', request(whole(1, 5n), observed, body), 'has the wire type 0, not 1'],
    ['a message that is cut off', GOOD.subarray(0, -1), 'ends before its field does'],
    ['a text that is no UTF-8', request(time, observed, body, within(3, Buffer.from([0xff]))), 'is no UTF-8'],
    [
      'a number of more than 64 bits',
      request(time, observed, body, attribute(6, 'n', whole(3, 2n ** 66n))),
      'more than 64 bits',
    ],
    [
      'a severity of more than 32 bits',
      request(time, observed, body, whole(2, 2n ** 40n)),
      'severityNumber is',
    ],
    ['a severity that there is not', request(time, observed, body, whole(2, 25n)), 'severity_number 25'],
    ['no time', request(observed, body), 'has no time_unix_nano'],
    ['no time of observation', request(time, body), 'has no observed_time_unix_nano'],
    [
      'a time of more than 63 bits',
      request(fixed(1, 2n ** 63n), observed, body),
      'which 63 bits do not hold',
    ],
    ['a short trace id', request(time, observed, body, within(9, ID.span)), 'trace_id of 8 bytes, not 16'],
    [
      'a long span id',
      request(time, observed, body, within(9, ID.trace), within(10, ID.trace)),
      'span_id of 16 bytes, not 8',
    ],
    ['a trace id of zeros', request(time, observed, body, within(9, Buffer.alloc(16))), 'trace_id of zeros'],
    [
      'a span without a trace',
      request(time, observed, body, within(10, ID.span)),
      'a span_id and no trace_id',
    ],
    ['no body', request(time, observed), 'has no body'],
    [
      'an attribute without a key',
      request(time, observed, body, attribute(6, '', whole(3, 1n))),
      'an attribute without a key',
    ],
    [
      'an attribute without a value',
      request(time, observed, body, attribute(6, 'k')),
      'the attribute k has no value',
    ],
    [
      'an attribute of two values',
      request(time, observed, body, attribute(6, 'k', whole(3, 1n), whole(2, 1n))),
      'has intValue and boolValue',
    ],
    [
      'an attribute twice',
      request(time, observed, body, attribute(6, 'k', whole(3, 1n)), attribute(6, 'k', whole(3, 1n))),
      'the attribute k twice',
    ],
    [
      'no service',
      within(1, within(1), within(2, scope, within(2, time, observed, body))),
      'a resource without service.name',
    ],
    ['no scope', within(1, resource, within(2, within(2, time, observed, body))), 'without a name'],
    ['no records', Buffer.alloc(0), 'a request without records'],
    ['a record of last month', request(fixed(1, NOW - 30n * 86_400_000_000_000n), observed, body), 'ms old'],
    ['a record of tomorrow', request(fixed(1, NOW + 86_400_000_000_000n), observed, body), 'ms ahead'],
    [
      'a line that is too long',
      request(time, observed, within(5, within(1, 'x'.repeat(300_000)))),
      'a line of 300000 bytes',
    ],
    [
      'too much metadata',
      request(time, observed, body, attribute(6, 'k', within(1, 'x'.repeat(70_000)))),
      'bytes of structured metadata',
    ],
  ])('startStandIn() - refuses %s, and tells', async (_, bytes, told) => {
    const url = await start();
    const response = await push(url, bytes);
    expect(response.status).toBe(400);
    // The sender is told as OTLP wants it.
    expect(await response.text()).toContain(told);
    expect(recordedIn(directory).of(KEY)).toEqual([]);
    expect(recordedIn(directory).refusals()).toEqual([expect.stringContaining(told)]);
  });

  test.each<[string, Record<string, string>, string, string]>([
    [
      'JSON',
      { 'content-type': 'application/json' },
      '/otlp/v1/logs',
      'POST /otlp/v1/logs as application/json',
    ],
    ['another encoding', { 'content-encoding': 'br' }, '/otlp/v1/logs', 'the content encoding br'],
    [
      'what is not zipped as it says',
      { 'content-encoding': 'gzip' },
      '/otlp/v1/logs',
      'not zipped as it is said',
    ],
    ['traces', {}, '/otlp/v1/traces', 'resourceSpans'],
    ['another path', {}, '/v2/logs', 'POST /v2/logs'],
  ])('startStandIn() - refuses %s', async (_, headers, path, told) => {
    const url = await start();
    expect((await push(url, GOOD, headers, path)).status).toBe(400);
    const [refusal] = recordedIn(directory).refusals();
    expect(refusal).toContain(told);
  });
});

async function query(url: string, text: string): Promise<LokiAnswer> {
  const response = await fetch(`${url}/loki/api/v1/query_range?query=${encodeURIComponent(text)}`);
  expect(response.status).toBe(200);
  return (await response.json()) as LokiAnswer;
}
