import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { connectSink } from '../../src/delivery/sink-port.js';
import { levels } from '../../src/signal/level.js';
import { SignalboxError } from '../../src/signal/signalbox-error.js';
import type { ConsoleOptions } from '../../src/sinks/console.js';
import { consoleSink } from '../../src/sinks/console.js';
import { jsonLine } from '../../src/sinks/json-line.js';
import { prettyLine } from '../../src/sinks/pretty.js';
import { callOf, connectionOf, deadline, emissionOf } from '../delivery/helpers.js';

const emission = emissionOf(levels.info, { job: 'a' }, { message: 'The box is open' });

function printed(options: ConsoleOptions, stream: { isTTY?: boolean; columns?: number } = {}): string {
  let written = '';
  consoleSink({ ...options, stream: { ...stream, write: (part) => (written += part) } })(emission, callOf());
  return written;
}

beforeEach(() => {
  vi.stubEnv('TERM', 'xterm-256color');
  vi.stubEnv('NO_COLOR', undefined);
  vi.stubEnv('FORCE_COLOR', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('consoleSink()', () => {
  const json = `${jsonLine(emission)}\n`;
  const plain = `${prettyLine(emission)}\n`;
  const coloured = `${prettyLine(emission, { colour: true })}\n`;

  test('consoleSink() - prints for people on a terminal and JSON lines elsewhere', () => {
    expect(printed({}, { isTTY: true })).toBe(coloured);
    expect(printed({})).toBe(json);
    expect(printed({ format: 'auto' }, { isTTY: false })).toBe(json);
  });

  test('consoleSink() - tells the stacks of errors in both formats, unless it is told not to', () => {
    const errors = {
      error: { type: 'RangeError', message: 'too far', stack: 'RangeError: too far\n    at lift' },
    };
    const failed = emissionOf(levels.error, { error: 'too far' }, { message: 'm', errors });
    const of = (options: ConsoleOptions): string => {
      let written = '';
      consoleSink({ ...options, stream: { write: (part) => (written += part) } })(failed, callOf());
      return written;
    };
    for (const format of ['json', 'pretty'] as const) {
      expect(of({ format })).toContain('at lift');
      expect(of({ format, stack: false })).toContain('RangeError');
      expect(of({ format, stack: false })).not.toContain('at lift');
    }
    expect(() => consoleSink({ stack: 'no' as never })).toThrow(
      new SignalboxError("consoleSink: `stack` is 'no'. Use true or false."),
    );
  });

  test('consoleSink() - prints in the format that is asked for', () => {
    expect(printed({ format: 'json' }, { isTTY: true })).toBe(json);
    expect(printed({ format: 'pretty' })).toBe(plain);
  });

  test.each<[Record<string, string>, boolean, string]>([
    [{}, true, coloured],
    [{}, false, plain],
    [{ NO_COLOR: '1' }, true, plain],
    [{ NO_COLOR: '' }, true, coloured],
    [{ FORCE_COLOR: '' }, false, coloured],
    [{ FORCE_COLOR: '1' }, false, coloured],
    [{ FORCE_COLOR: '0' }, true, plain],
    [{ FORCE_COLOR: 'false' }, true, plain],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, coloured],
    [{ TERM: 'dumb' }, true, plain],
  ])('consoleSink() - chooses its colours by %o (terminal: %s)', (env, isTTY, expected) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    expect(printed({ format: 'pretty' }, { isTTY })).toBe(expected);
  });

  test('consoleSink() - has colours, or none, where the option says so', () => {
    vi.stubEnv('NO_COLOR', '1');
    expect(printed({ format: 'pretty', colour: true })).toBe(coloured);
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('FORCE_COLOR', '1');
    expect(printed({ format: 'pretty', colour: false }, { isTTY: true })).toBe(plain);
  });

  test('consoleSink() - keeps to the width of the terminal as it is now', () => {
    const fields = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`field_${i}`, 'x'.repeat(10)]));
    const long = emissionOf(levels.info, fields, { message: 'm' });
    let written = '';
    const stream = { isTTY: true, columns: 300, write: (part: string) => (written += part) };
    const sink = consoleSink({ stream, colour: false });
    sink(long, callOf());
    stream.columns = 80;
    sink(long, callOf());
    expect(written).toBe(`${prettyLine(long)}\n${prettyLine(long, { width: 80 })}\n`);
    expect(written.split('\n').length).toBeGreaterThan(4);
  });

  test('consoleSink() - never breaks a line where the terminal does not know its width', () => {
    expect(printed({ colour: false }, { isTTY: true, columns: 0 })).toBe(`${prettyLine(emission)}\n`);
  });

  test('consoleSink() - prints to stdout by default, and by console.log where there is no process', () => {
    const write = vi.fn();
    vi.stubGlobal('process', { env: {}, stdout: { isTTY: true, write } });
    const standard = consoleSink();
    // Taken away for a moment only: the test runner needs it too.
    vi.stubGlobal('process', undefined);
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const withoutProcess = consoleSink();
    vi.unstubAllGlobals();

    standard(emission, callOf());
    expect(write.mock.calls).toEqual([[coloured]]);
    withoutProcess(emission, callOf());
    expect(log.mock.calls).toEqual([[json.trimEnd()]]);
    log.mockRestore();
  });

  test('consoleSink() - a stream that throws is a failed outcome', async () => {
    const connection = connectionOf();
    const write = (): never => {
      throw new Error('no paper');
    };
    const port = connectSink(consoleSink({ stream: { write } }), {}, connection);
    port.accept?.(emission);
    await port.shutdown(deadline());
    expect(connection.sinkAccount.counts()).toMatchObject({ failed: 1, queued: 0 });
  });

  test('consoleSink() - a stdout without a reader is a failed outcome, and the process goes on', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'test/sinks/broken-pipe.ts']);
    const told = text(child.stderr);
    child.stdout.destroy();
    await once(child.stdout, 'close');
    child.stdin.write('go');
    const [code] = await once(child, 'close');
    expect(JSON.parse(await told)).toMatchObject({ routed: 3, delivered: 0, failed: 3, queued: 0 });
    expect(code).toBe(0);
  });

  test.each<[ConsoleOptions, string]>([
    [{ format: 'xml' as 'json' }, "consoleSink: `format` is 'xml'. Use 'auto', 'pretty' or 'json'."],
    [{ colour: 'yes' as 'auto' }, "consoleSink: `colour` is 'yes'. Use 'auto', true or false."],
    [{ stream: {} as never }, 'consoleSink: `stream` is a value of type object. Give a stream with `write`'],
  ])('consoleSink() - refuses %o in a sentence', (options, message) => {
    expect(() => consoleSink(options)).toThrow(SignalboxError);
    expect(() => consoleSink(options)).toThrow(message);
  });
});
