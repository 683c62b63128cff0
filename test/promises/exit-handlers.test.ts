import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSignalbox } from '../../src/box/create-signalbox.js';
import type { ExitHandlerOptions } from '../../src/box/exit-handlers.js';
import type { Ended } from '../support/built.js';
import { BuiltPackage, messagesOf } from '../support/built.js';

const built = new BuiltPackage();
beforeAll(() => built.build(), 60_000);
afterAll(() => built.remove());

/** A box with a console, and an exporter that takes a moment. */
const BOX = `
  const exporter = (name) => ({
    export: (items, done) => setTimeout(() => { process.stdout.write(JSON.stringify({ message: name + ' ' + items.length }) + '\\n'); done({ code: 0 }); }, 30),
    shutdown: async () => {} });
  const make = (name = 'sent') => createSignalbox({ destinations: { console: consoleSink(), collector: exporters({ logs: exporter(name) }) } });
  const box = make();`;

const STAY = `setInterval(() => {}, 1000); console.error('ready');`;
const kill = (signal: NodeJS.Signals) => (child: { pid: number }) => process.kill(child.pid, signal);

/**
 * What a crash prints, from the error on: of the line of source above it Node.js knows no more once somebody has read the error's stack.
 */
const printed = ({ stderr }: Ended): string =>
  stderr.slice(stderr.search(/^\w*(Error|Rejection): /m)).replace(/\[eval1?\]:\d+(:\d+)?/g, '');

describe('installExitHandlers()', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'installExitHandlers() - %s sends what there is with a last record, and ends the process by that signal',
    async (signal) => {
      const ended = await built.run(`${BOX} box.installExitHandlers(); box.info('a'); ${STAY}`, {
        whenReady: kill(signal),
      });
      expect(messagesOf(ended.stdout)).toEqual(['a', `${signal} received`, 'sent 2']);
      expect([ended.signal, ended.code]).toEqual([signal, null]);
    },
  );

  test.each<[string, string, readonly string[]]>([
    [
      'an error in a timer',
      `setTimeout(() => { throw Object.assign(new Error('boom'), { code: 7 }); }, 5);`,
      [],
    ],
    ['an error while the app is loaded', `throw new TypeError('boom');`, []],
    ['an unhandled rejection', `Promise.reject(new Error('boom'));`, []],
    ['an unhandled rejection by no error', `Promise.reject('boom');`, []],
    [
      'an unhandled rejection in the strict mode',
      `Promise.reject(new Error('boom'));`,
      ['--unhandled-rejections=strict'],
    ],
    [
      'an error with its code set',
      `process.on('exit', () => { process.exitCode = 9; }); setTimeout(() => { throw new Error('boom'); }, 5);`,
      [],
    ],
  ])(
    'installExitHandlers() - %s ends the process as without them, when all is sent',
    async (_, crash, nodeOptions) => {
      const [without, ended] = await Promise.all([
        built.run(`${BOX} const install = () => {}; install(); ${crash}`, { nodeOptions }),
        built.run(
          `${BOX} const install = () => {}; box.installExitHandlers(); ${crash}`.replace('install();', ''),
          { nodeOptions },
        ),
      ]);
      expect(messagesOf(ended.stdout)).toEqual(['uncaught exception', 'sent 1']);
      expect(JSON.parse(ended.stdout.split('\n')[0] as string)).toMatchObject({
        signal: 'FATAL',
        error: expect.stringContaining('boom'),
      });
      expect(ended.stderr).toContain('boom');
      expect(printed(ended)).toBe(printed(without));
      expect([ended.code, ended.signal]).toEqual([without.code, without.signal]);
    },
  );

  test.each(['none', 'warn', 'warn-with-error-code'])(
    'installExitHandlers() - a rejection is no crash where Node.js is told so (%s)',
    async (mode) => {
      const nodeOptions = [`--unhandled-rejections=${mode}`];
      const crash = `setTimeout(() => console.log('{"message":"alive"}'), 20); Promise.reject(new Error('boom'));`;
      const [without, ended] = await Promise.all([
        built.run(crash, { nodeOptions }),
        built.run(`${BOX} box.installExitHandlers(); ${crash}`, { nodeOptions }),
      ]);
      expect(messagesOf(ended.stdout)).toEqual(['alive']);
      expect(ended.code).toBe(without.code);
    },
  );

  test('installExitHandlers() - an app that listens itself decides of its end, and the box goes on', async () => {
    const ended = await built.run(
      `${BOX} box.installExitHandlers();
       process.on('SIGTERM', () => setTimeout(async () => { box.info('drained'); await box.shutdown(); process.exit(3); }, 100));
       ${STAY}`,
      { whenReady: kill('SIGTERM') },
    );
    expect(messagesOf(ended.stdout)).toEqual(['SIGTERM received', 'sent 1', 'drained', 'sent 1']);
    expect(ended.code).toBe(3);
  });

  test('installExitHandlers() - an app that survives its exceptions survives them with the handlers', async () => {
    const ended = await built.run(
      `${BOX} box.installExitHandlers(); process.on('uncaughtException', () => {});
       let thrown = 0;
       const looking = setInterval(() => {
         const { delivered } = box.stats().destinations.collector.channels.logs;
         if (delivered === 2) { clearInterval(looking); console.log('{"message":"alive"}'); }
         else if (delivered === thrown) { thrown++; throw new Error('boom'); }
       }, 1);`,
    );
    expect(messagesOf(ended.stdout)).toEqual([
      'uncaught exception',
      'sent 1',
      'uncaught exception',
      'sent 1',
      'alive',
    ]);
    expect([ended.code, ended.stderr]).toEqual([0, '']);
  });

  test('installExitHandlers() - boxes of two copies of the package each send what they have, with one listener', async () => {
    const ended = await built.run(
      `${BOX} const other = require('./index.cjs').createSignalbox({ destinations: { collector: require('./sdk.cjs').exporters({ logs: exporter('other') }) } });
       const third = make('third');
       for (const each of [box, other, third]) each.installExitHandlers();
       console.log(JSON.stringify({ message: process.listenerCount('SIGTERM') + ' ' + process.listenerCount('uncaughtException') })); ${STAY}`,
      { whenReady: kill('SIGTERM') },
    );
    expect(messagesOf(ended.stdout).sort()).toEqual([
      '1 1',
      'SIGTERM received',
      'SIGTERM received',
      'other 1',
      'sent 1',
      'third 1',
    ]);
    expect(ended.signal).toBe('SIGTERM');
  });

  test('installExitHandlers() - a second SIGINT ends at once, and the sinks of boxes that were not asked have all', async () => {
    const ended = await built.run(
      `const hung = { export() {}, shutdown: () => new Promise(() => {}) };
       const box = createSignalbox({ destinations: { collector: exporters({ logs: hung }) } });
       const other = createSignalbox({ destinations: { console: consoleSink() } });
       box.installExitHandlers({ timeoutMillis: 20_000 }); box.info('a'); setInterval(() => {}, 1000);
       process.on('newListener', () => {});
       process.kill(process.pid, 'SIGINT');
       setTimeout(() => { other.info('kept'); process.kill(process.pid, 'SIGINT'); const end = performance.now() + 50; while (performance.now() < end); other.info('kept too'); }, 100);`,
    );
    expect(ended.signal).toBe('SIGINT');
    expect(messagesOf(ended.stdout)).toEqual(['kept', 'kept too']);
  }, 10_000);

  test('installExitHandlers() - an exporter that never answers keeps the process for the time that is given', async () => {
    const ended = await built.run(
      `const hung = { export() {}, shutdown: () => new Promise(() => {}) };
       const box = createSignalbox({ destinations: { collector: exporters({ logs: hung }) } });
       box.installExitHandlers({ timeoutMillis: 300 }); box.info('a'); const begun = performance.now();
       process.on('exit', (code) => console.log(code, performance.now() - begun > 250, performance.now() - begun < 3000));
       throw new Error('boom');`,
    );
    expect(ended.stdout).toBe('1 true true\n');
  });

  test.each(['SIGTERM', 'crash'] as const)(
    'installExitHandlers() - %s: what an audit file has not written at the deadline is written all the same',
    async (how) => {
      const ended = await built.run(
        `const box = createSignalbox({ destinations: { audit: auditFile({ path: 'late-${how}.jsonl' }) } });
         box.installExitHandlers({ timeoutMillis: 50 }); numbers(box, 12_000);
         ${how === 'crash' ? `throw new Error('boom');` : STAY}`,
        how === 'crash' ? {} : { whenReady: kill(how) },
      );
      const lines = readFileSync(join(built.folder, `late-${how}.jsonl`), 'utf8');
      const numbered = messagesOf(lines).filter((message) => message.startsWith('line '));
      expect(numbered).toEqual(Array.from({ length: 12_000 }, (_, i) => `line ${i}`));
      expect(how === 'crash' ? ended.code : ended.signal).toBe(how === 'crash' ? 1 : how);
    },
  );

  test('installExitHandlers() - beside the package signal-exit the process ends all the same', async () => {
    const ended = await built.run(
      `${BOX} const { onExit } = require('signal-exit'); onExit(() => console.log('{"message":"cleaned"}'));
       box.installExitHandlers(); ${STAY}`,
      { whenReady: kill('SIGTERM') },
    );
    expect(messagesOf(ended.stdout)).toEqual(['SIGTERM received', 'sent 1', 'cleaned']);
    expect(ended.signal).toBe('SIGTERM');
  });

  test('installExitHandlers() - listens to what it is asked for, until its undo, or until the box is shut down', async () => {
    const events = ['SIGTERM', 'SIGINT', 'uncaughtException'] as const;
    const counts = (): number[] => events.map((event) => process.listenerCount(event));
    const before = counts();
    const more = (...by: number[]): number[] => before.map((n, i) => n + (by[i] as number));
    const box = createSignalbox();
    expect(counts()).toEqual(before);
    const undo = box.installExitHandlers();
    expect(counts()).toEqual(more(1, 1, 1));
    const later = box.installExitHandlers({ signals: ['SIGTERM'], crashes: false });
    expect(counts()).toEqual(more(1, 0, 0));
    undo();
    expect(counts()).toEqual(more(1, 0, 0));
    later();
    later();
    expect(counts()).toEqual(before);
    box.installExitHandlers();
    await box.shutdown();
    expect(counts()).toEqual(before);
    box.installExitHandlers();
    expect(counts()).toEqual(before);
  });

  test('installExitHandlers() - does nothing where there is no process', () => {
    const box = createSignalbox();
    vi.stubGlobal('process', undefined);
    const undo = box.installExitHandlers();
    vi.unstubAllGlobals();
    expect(undo()).toBeUndefined();
  });

  test.each<[unknown, string]>([
    [null, 'installExitHandlers: the options are null. Give an object, as in { signals: … }.'],
    [{ signal: ['SIGTERM'] }, "installExitHandlers: there is no option 'signal'. Did you mean 'signals'?"],
    [{ signals: 'SIGTERM' }, "installExitHandlers: `signals` is 'SIGTERM'. Give a list, as in ['SIGTERM']."],
    [
      { signals: ['SIGKILL'] },
      "installExitHandlers: 'SIGKILL' is not a signal that it handles. Use 'SIGTERM' or 'SIGINT'.",
    ],
    [{ crashes: 'no' }, "installExitHandlers: `crashes` is 'no'. Use true or false."],
    [{ timeoutMillis: 0 }, 'installExitHandlers: `timeoutMillis` is 0.'],
    [{ timeoutMillis: Number.NaN }, 'installExitHandlers: `timeoutMillis` is NaN.'],
  ])('installExitHandlers() - refuses %o in a sentence', (options, message) => {
    expect(() => createSignalbox().installExitHandlers(options as ExitHandlerOptions)).toThrow(message);
  });
});
