import type { Signalbox } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { recorder } from 'signalbox/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { isDevelopment } from '../../src/box/development.js';
import { wrong } from '../support/misuse.js';
import { resetOtel, startOtel } from '../support/otel.js';

const PAID = defineSignal('CONSOLE_PAID', {
  fields: {
    amount: field.number(),
    currency: field.oneOf(['EUR', 'USD']),
    card: field.optional(field.id({ sensitive: true })),
  },
});
const SHIPPED = defineSignal('CONSOLE_SHIPPED');

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await resetOtel();
});

/** What is printed from now on. */
function printed(): string[] {
  const lines: string[] = [];
  vi.spyOn(console, 'warn').mockImplementation((text: string) => void lines.push(text));
  return lines;
}

/** Where this file calls it, as `console.test.ts:12`, `ahead` lines further down. */
function line(ahead = 0): string {
  const [, file = '', number = ''] =
    /[\\/]([^\\/]*\.test\.ts):(\d+):\d+/.exec(new Error().stack?.split('\n')[2] ?? '') ?? [];
  return `${file}:${Number(number) + ahead}:`;
}

/** A box whose signals go to a sink. */
function boxOf(development = true): Signalbox<'seen' | 'otel'> {
  return createSignalbox({
    destinations: { seen: recorder() },
    routes: [{ signals: ['CONSOLE_PAID', 'INFO'], to: 'seen' }],
    development,
  });
}

async function until(lines: readonly string[], n: number): Promise<void> {
  await vi.waitFor(() => expect(lines).toHaveLength(n));
}

describe('in development', () => {
  test('emit() - tells the first wrong value of each field, with the line of the app and the fix, and without the value', async () => {
    const lines = printed();
    const box = boxOf();
    const values = { amount: wrong('twelve'), currency: wrong('GBP'), card: wrong(4111) };
    const at = line(1);
    for (let i = 0; i < 3; i++) box.emit(PAID, values);
    await until(lines, 3);
    expect(lines).toEqual([
      expect.stringMatching(
        /^signalbox \(development\): the field 'amount' of CONSOLE_PAID is a string, and does not leave\.\n {4}at .*\n {2}Give a finite number\.$/,
      ),
      expect.stringMatching(
        /the field 'currency' of CONSOLE_PAID is none of its values, and does not leave\.\n.*\n {2}Give one of 'EUR', 'USD'\.$/,
      ),
      expect.stringMatching(
        /the field 'card' of CONSOLE_PAID is a number, and does not leave\.\n.*\n {2}Give a string\.$/,
      ),
    ]);
    for (const text of lines) {
      expect(text).toContain(at);
      expect(text).not.toMatch(/twelve|GBP|4111/);
    }
    expect(box.stats()).toMatchObject({ emitted: 3, values: { wrongType: 9 } });
  });

  test('emit() - tells a value that is missing', async () => {
    const lines = printed();
    const at = line(1);
    boxOf().emit(PAID, wrong({ currency: 'EUR' }));
    await until(lines, 1);
    expect(lines[0]).toContain("CONSOLE_PAID was given no 'amount', which is not optional.");
    expect(lines[0]).toContain('Give a finite number, or declare it with field.optional(…).');
    expect(lines[0]).toContain(at);
  });

  test('emit() - tells an undeclared field, with the one that was meant', async () => {
    const lines = printed();
    const at = line(1);
    boxOf().emit(PAID, wrong({ amount: 1, currency: 'EUR', amuont: 2 }));
    await until(lines, 1);
    expect(lines[0]).toContain(
      "CONSOLE_PAID declares no field 'amuont', which does not leave. Did you mean 'amount'?",
    );
    expect(lines[0]).toContain(at);
  });

  test('emit() - tells a signal that no route takes', async () => {
    const lines = printed();
    const box = boxOf();
    const at = line(1);
    for (let i = 0; i < 3; i++) box.emit(SHIPPED);
    await until(lines, 1);
    expect(lines[0]).toContain('no route takes CONSOLE_SHIPPED: it goes nowhere.');
    expect(lines[0]).toContain("Add a route, as in { signals: 'CONSOLE_SHIPPED', to: 'otel' }");
    expect(lines[0]).toContain(at);
    expect(box.stats().unrouted).toBe(3);
  });

  test('debug() and emitDurably() - have their line too', async () => {
    const lines = printed();
    const box = boxOf();
    const debugged = line(1);
    box.debug('nobody takes it');
    const waited = line(1);
    await box.emitDurably(SHIPPED);
    await until(lines, 2);
    expect(lines[0]).toContain(debugged);
    expect(lines[0]).toContain('no route takes DEBUG');
    expect(lines[1]).toContain(waited);
  });

  test('emit() - tells an otel that takes nothing, by what it does not take', async () => {
    const lines = printed();
    const COUNTED = defineSignal('CONSOLE_COUNTED', {
      metrics: [{ type: 'counter', name: 'console.counted' }],
    });
    const at = line(1);
    createSignalbox({ development: true }).emit(COUNTED);
    await until(lines, 2);
    expect(lines[0]).toContain("'otel' takes no log records: no LoggerProvider is registered.");
    expect(lines[0]).toContain("channels: ['spanEvents', 'metrics']");
    expect(lines[1]).toContain("'otel' takes no metrics: no MeterProvider is registered.");
    for (const text of lines) expect(text).toContain(at);
  });

  test('emit() - tells an otel whose LoggerProvider takes nothing', async () => {
    const lines = printed();
    const otel = startOtel();
    await otel.loggerProvider.shutdown();
    const box = createSignalbox({ development: true });
    const at = line(1);
    box.emit(SHIPPED);
    await until(lines, 1);
    expect(lines[0]).toContain(
      "'otel' takes no log records: the app's LoggerProvider has no processor, was shut down",
    );
    expect(lines[0]).toContain(at);
  });

  test('emit() - tells nothing of what is right, nor of what a level silences, nor of signals of jobs that no route takes', async () => {
    const lines = printed();
    const box = boxOf();
    box.level = 'info';
    box.debug('silenced');
    box.emit(PAID, { amount: 1, currency: 'EUR' });
    createJobs(box)
      .queue('mail')
      .attempt({ job: { id: '1' }, number: 1 })
      .completed();
    box.emit(SHIPPED);
    await until(lines, 1);
    expect(lines[0]).toContain('CONSOLE_SHIPPED');
    expect(box.stats().unrouted).toBeGreaterThan(1);
  });

  test('emit() - tells what an emit within an emit did by that one', async () => {
    const lines = printed();
    const box = boxOf();
    let at = '';
    const values = {
      get amount() {
        at = line(1);
        box.emit(SHIPPED);
        return 1;
      },
      currency: 'EUR' as const,
    };
    box.emit(PAID, values);
    await until(lines, 1);
    expect(lines[0]).toContain(at);
  });

  test('emit() - tells at most fifty, and then that there is more', async () => {
    const lines = printed();
    const box = boxOf();
    for (let i = 0; i < 80; i++) box.emit(defineSignal(`CONSOLE_MANY_${i}`));
    await until(lines, 51);
    expect(lines.at(-1)).toBe(
      'signalbox (development): further mistakes are not printed. `box.stats()` counts all of them.',
    );
    expect(box.stats().unrouted).toBe(80);
  });

  test('emit() - hostile values and a full stack are no trouble of the app', async () => {
    printed();
    const box = boxOf();
    const no = (): never => {
      throw new Error('no');
    };
    const hostile: readonly unknown[] = [
      new Proxy({}, { get: no, ownKeys: no, has: no, getOwnPropertyDescriptor: no }),
      Object.defineProperty({ currency: 'EUR' }, 'amount', { get: no, enumerable: true }),
      Object.assign(Object.create(null), { amount: Symbol('a'), currency: { toString: no } }),
      'text',
      null,
      [1],
    ];
    for (let i = 0; i < 2; i++) {
      for (const values of hostile) expect(() => box.emit(PAID, wrong(values))).not.toThrow();
      expect(() => box.emit(wrong(undefined), {})).not.toThrow();
      await import('../../src/development/teller.js');
    }
    const { emitted, refused, unrouted } = box.stats();
    expect({ emitted, refused, unrouted }).toEqual({ emitted: 12, refused: { conflict: 2 }, unrouted: 0 });
  });

  test.each([
    ['a buffer', new Uint8Array(300_000), /the values of CONSOLE_PAID are a list, and none of them leaves\./],
    ['a list', [1, 2, 3], /the values of CONSOLE_PAID are a list, and none of them leaves\./],
  ])(
    'emit() - tells %s given in place of values once, and none of its indexes',
    async (_, given, sentence) => {
      const lines = printed();
      const box = boxOf();
      box.emit(PAID, wrong(given));
      box.emit(SHIPPED);
      await until(lines, 2);
      box.emit(PAID, wrong(given));
      expect(lines).toEqual([expect.stringMatching(sentence), expect.stringContaining('CONSOLE_SHIPPED')]);
    },
  );

  test('emit() - tells ten undeclared fields of one emit, however many it has', async () => {
    const lines = printed();
    const box = boxOf();
    const body = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`header_${i}`, 'x']));
    const values = { ...body, amount: 1, currency: 'EUR' };
    for (let i = 0; i < 3; i++) box.emit(PAID, wrong(values));
    box.emit(SHIPPED);
    await until(lines, 11);
    box.emit(PAID, wrong(values));
    expect(lines.filter((text) => text.includes('declares no field'))).toHaveLength(10);
    expect(lines.at(-1)).toContain('CONSOLE_SHIPPED');
  });

  test('emit() - prints of a name from a payload its beginning, in visible characters', async () => {
    const lines = printed();
    const name = `\u001b[2J\u009b\u202e\n${'x'.repeat(10_000)}`;
    boxOf().emit(PAID, wrong({ amount: 1, currency: 'EUR', [name]: 1 }));
    await until(lines, 1);
    expect(lines[0]).toContain(`declares no field '\\u{1b}[2J\\u{9b}\\u{202e}\\u{a}xxx`);
    expect(lines[0]).not.toMatch(/[^\P{C}\n]|x{80}/u);
    expect(lines[0]?.split('\n')).toHaveLength(3);
  });

  test('emit() - values that emit as they are read are told, and read no more than the depth of emits has it', async () => {
    const lines = printed();
    const box = boxOf();
    let reads = 0;
    const values = {
      currency: wrong('GBP'),
      get amount(): number {
        if (++reads < 5000) box.emit(PAID, values);
        return 1;
      },
    };
    const told = expect.stringContaining("the field 'currency' of CONSOLE_PAID is none of its values");
    // Before what tells is loaded, and after.
    for (const other of ['CONSOLE_BEFORE', 'CONSOLE_AFTER']) {
      reads = 0;
      box.emit(PAID, values);
      expect(reads).toBeLessThan(1000);
      box.emit(defineSignal(other));
      await vi.waitFor(() => expect(lines.at(-1)).toContain(other));
    }
    expect(lines).toEqual([told, expect.any(String), expect.any(String)]);
  });

  test('emit() - what is emitted before the teller is loaded is told as it was then', async () => {
    const lines = printed();
    const box = boxOf();
    const values: Record<string, unknown> = { amount: 'twelve', currency: 'EUR', extra: 1 };
    box.emit(PAID, wrong(values));
    values.amount = 12;
    values.currency = 'GBP';
    delete values.extra;
    values.later = 1;
    await until(lines, 2);
    expect(lines).toEqual([
      expect.stringContaining("the field 'amount' of CONSOLE_PAID is a string"),
      expect.stringContaining("declares no field 'extra'"),
    ]);
  });

  test('info() - tells what is wrong with the values of a plain record, and of its message only where that is', async () => {
    const lines = printed();
    const box = createSignalbox({
      destinations: { seen: recorder() },
      routes: [{ signals: '*', to: 'seen' }],
      development: true,
    });
    box.info('hello', wrong([1, 2]));
    box.warn('n', { n: 1e300 });
    box.debug(wrong(42));
    box.error(wrong(new Error('first')), wrong(new Error('second')));
    box.emit(SHIPPED, {}, { timestamp: -1 });
    await until(lines, 5);
    expect(lines.map((text) => text.replace(/\n.*\n +/, ' '))).toEqual(
      [
        'the values of INFO are a list, and none of them leaves. Give an object of values by the names of fields.',
        "the value 'n' of WARN is a number beyond 64 bits, and does not leave. Give it as a string.",
        'the message of DEBUG is a number, and does not leave. Give it as text.',
        "ERROR was given two errors; of the first only its message leaves. Give the message as text, and one error as the value 'error'.",
        'the timestamp of CONSOLE_SHIPPED is no time between 1970 and 2554, and does not leave. Give `timestamp` as milliseconds since 1970.',
      ].map((sentence) => `signalbox (development): ${sentence}`),
    );
  });

  test("emit() - is told without a line where the app's Error.prepareStackTrace throws", async () => {
    const lines = printed();
    const { prepareStackTrace } = Error;
    Error.prepareStackTrace = () => {
      throw new Error('no stack');
    };
    try {
      boxOf().emit(SHIPPED);
      await until(lines, 1);
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
    expect(lines[0]).toMatch(/no route takes CONSOLE_SHIPPED: it goes nowhere\.\n {2}Add a route/);
  });

  test('emit() - a console that throws is nothing that the app sees', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {
      throw new Error('no console');
    });
    const box = boxOf();
    box.emit(SHIPPED);
    await vi.waitFor(() => expect(warn).toHaveBeenCalledOnce());
    expect(() => box.emit(defineSignal('CONSOLE_OTHER'))).not.toThrow();
  });

  test('createSignalbox() - refuses an option that is no switch', () => {
    expect(() => createSignalbox({ development: wrong('yes') })).toThrow(
      "createSignalbox: `development` is 'yes'. Use true or false.",
    );
  });
});

describe('isDevelopment()', () => {
  const isOn = (env: Readonly<Record<string, string>>, isTTY = true): boolean => {
    for (const name of ['NODE_ENV', 'CI', 'NODE_TEST_CONTEXT']) vi.stubEnv(name, env[name]);
    const before = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY');
    Object.defineProperty(process.stderr, 'isTTY', { value: isTTY, configurable: true });
    try {
      return isDevelopment(undefined);
    } finally {
      if (before) Object.defineProperty(process.stderr, 'isTTY', before);
      else Reflect.deleteProperty(process.stderr, 'isTTY');
    }
  };

  test('isDevelopment() - is on where NODE_ENV is development, whatever else', () => {
    expect(isOn({ NODE_ENV: 'development', CI: 'true' }, false)).toBe(true);
  });

  test('isDevelopment() - is on at a terminal, but in production, in tests and in CI', () => {
    expect(isOn({})).toBe(true);
    expect(isOn({ NODE_ENV: 'staging' })).toBe(true);
    expect(isOn({ NODE_ENV: 'production' })).toBe(false);
    expect(isOn({ NODE_ENV: 'test' })).toBe(false);
    expect(isOn({ CI: 'true' })).toBe(false);
    expect(isOn({ NODE_TEST_CONTEXT: 'child-v8' })).toBe(false);
  });

  test('isDevelopment() - is off without a terminal', () => {
    expect(isOn({}, false)).toBe(false);
  });

  test('isDevelopment() - an option says it before all else', () => {
    vi.stubEnv('NODE_ENV', 'development');
    expect(isDevelopment(false)).toBe(false);
    vi.stubEnv('NODE_ENV', 'production');
    expect(isDevelopment(true)).toBe(true);
  });

  test('createSignalbox() - under tests nothing is told, and all is counted', async () => {
    const lines = printed();
    const box = createSignalbox({ destinations: { seen: recorder() }, routes: [] });
    box.emit(PAID, wrong({ amount: 'x', currency: 'EUR', more: 1 }));
    await import('../../src/development/teller.js');
    await new Promise(setImmediate);
    expect(lines).toEqual([]);
    expect(box.stats()).toMatchObject({ unrouted: 1 });
  });
});
