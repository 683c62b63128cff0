import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { createSignalbox } from '../../src/box/create-signalbox.js';
import type { Destination } from '../../src/delivery/destination.js';
import { writeAsAtExit } from '../../src/delivery/process-exit.js';
import type { SinkFunction } from '../../src/delivery/sink-function.js';
import { connectSink, sinkDestination } from '../../src/delivery/sink-port.js';
import { auditFile } from '../../src/sinks/audit-file.js';
import { consoleSink } from '../../src/sinks/console.js';
import { jsonLineFile } from '../../src/sinks/json-line-file.js';
import { fallback } from '../../src/sinks/modifiers/fallback.js';
import { filtered } from '../../src/sinks/modifiers/filtered.js';
import { sink } from '../../src/sinks/sink.js';
import { connectionOf, deadline, emissionOf } from '../delivery/helpers.js';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-bounds-'));
afterAll(() => rmSync(folder, { recursive: true }));
const stream = { write: () => {} };
const bounds = (destination: Destination): unknown => destination.connect(connectionOf()).queue?.();

describe('what waits for a sink', () => {
  const remote: SinkFunction = async () => {};
  test.each<[string, Destination, number]>([
    ['a console', sinkDestination(consoleSink({ stream })), Number.POSITIVE_INFINITY],
    ['a file', sinkDestination(jsonLineFile({ path: 'never' })), Number.POSITIVE_INFINITY],
    ['an audit file', sinkDestination(auditFile({ path: join(folder, 'never') })), Number.POSITIVE_INFINITY],
    [
      'a console behind modifiers',
      sink(
        filtered(consoleSink({ stream }), () => true),
        { retry: { attempts: 2 } },
      ),
      Number.POSITIVE_INFINITY,
    ],
    ["a function of the app's", sinkDestination(remote), 16_384],
    [
      'a function whose fallback is a file',
      sinkDestination(fallback(remote, jsonLineFile({ path: 'never' }))),
      16_384,
    ],
    ['a console that is given a number', sink(consoleSink({ stream }), { capacity: 100 }), 100],
  ])('queue - of %s is bounded in bytes, and as many emissions as it is to', (_, destination, capacity) => {
    expect(bounds(destination)).toMatchObject({ capacity, capacityBytes: 64 * 1024 * 1024 });
  });

  test('sink() - bounds the bytes that wait, and refuses what is no number of them', () => {
    expect(bounds(sink(consoleSink({ stream }), { capacityBytes: 1_000 }))).toMatchObject({
      capacityBytes: 1_000,
    });
    expect(() => sink(consoleSink({ stream }), { capacityBytes: 0 })).toThrow(
      'sink: `capacityBytes` is 0. Give a whole number from 1.',
    );
  });

  test('queue - fifty thousand emits in one loop are all printed', async () => {
    let lines = 0;
    const box = createSignalbox({
      destinations: { console: consoleSink({ stream: { write: () => lines++ } }) },
    });
    for (let i = 0; i < 50_000; i++) box.info('a');
    await box.shutdown({ timeoutMillis: 20_000 });
    expect(lines).toBe(50_000);
  });
});

describe("a stream of the app's at the end of the process", () => {
  const end = (to: Writable | { write(text: string): unknown }): object => {
    const connection = connectionOf();
    const port = connectSink(consoleSink({ stream: to }), {}, connection);
    for (let i = 0; i < 3; i++) port.accept?.(emissionOf());
    writeAsAtExit();
    void port.shutdown(deadline());
    return connection.sinkAccount.counts();
  };

  test('consoleSink() - what writes at once has all lines', () => {
    const lines: string[] = [];
    expect(end({ write: (text: string) => lines.push(text) })).toMatchObject({ delivered: 3, queued: 0 });
    expect(lines).toHaveLength(3);
  });

  test('consoleSink() - a stream that keeps what it is given has all, and nobody says that it is delivered', () => {
    const kept = new PassThrough();
    kept.cork();
    expect(end(kept)).toMatchObject({ delivered: 0, failed: 3, queued: 0 });
    kept.uncork();
    expect(String(kept.read()).split('\n')).toHaveLength(4);
  });

  test('consoleSink() - a stream that breaks or throws makes failures, and throws nothing', () => {
    const broken = new Writable({ write: (_, __, done) => done(new Error('broken')) });
    broken.on('error', () => {});
    expect(end(broken)).toMatchObject({ failed: 3, queued: 0 });
    const write = (): never => {
      throw new Error('no paper');
    };
    expect(end({ write })).toMatchObject({ failed: 3, queued: 0 });
  });
});
