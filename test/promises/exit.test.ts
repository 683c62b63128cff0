import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BuiltPackage, messagesOf, numberedMessages } from '../support/built.js';

const built = new BuiltPackage();
let cwd: string;

beforeAll(() => built.build(), 60_000);
afterAll(() => built.remove());
beforeEach(() => {
  cwd = mkdtempSync(join(built.folder, 'run-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const read = (file: string): string => readFileSync(join(cwd, file), 'utf8');
const ALL = `const box = createSignalbox({ destinations: {
  console: consoleSink(), file: jsonLineFile({ path: 'file.jsonl' }), audit: auditFile({ path: 'audit.jsonl' }) } });`;

describe('a process that ends', () => {
  test.each([
    [
      'exits in its handler of a crash',
      `process.on('uncaughtException', () => { box.fatal('line 3'); process.exit(1); });
       numbers(box, 3); setTimeout(() => { throw new Error('boom'); }, 5);`,
      1,
      4,
    ],
    ['throws what nobody catches', `numbers(box, 10); throw new Error('boom');`, 1, 10],
    [
      'throws later, with a line on its way',
      `setTimeout(() => { numbers(box, 10); queueMicrotask(() => queueMicrotask(() => { throw new Error('boom'); })); }, 5);`,
      1,
      10,
    ],
    ['exits at once', `numbers(box, 10); process.exit(3);`, 3, 10],
    [
      'exits in a timer',
      `numbers(box, 5); setTimeout(() => { numbers(box, 5, 5); process.exit(0); }, 1);`,
      0,
      10,
    ],
    ['exits after ten thousand', `numbers(box, 10_000); process.exit(0);`, 0, 10_000],
    [
      'exits some turns after ten thousand',
      `numbers(box, 10_000); const turn = (n) => n ? setImmediate(turn, n - 1) : process.exit(0); turn(40);`,
      0,
      10_000,
    ],
    ['has set its exit code', `numbers(box, 10); process.exitCode = 4;`, 4, 10],
    [
      'emits as it exits',
      `numbers(box, 5); process.on('exit', () => numbers(box, 5, 5)); process.exit(0);`,
      0,
      10,
    ],
  ])('exit - a process that %s has written every line, once and in order', async (_, body, code, lines) => {
    const ended = await built.run(`${ALL} ${body}`, { cwd });
    const expected = numberedMessages(lines);
    expect(messagesOf(ended.stdout)).toEqual(expected);
    expect(messagesOf(read('file.jsonl'))).toEqual(expected);
    expect(messagesOf(read('audit.jsonl'))).toEqual(expected);
    expect(ended.code).toBe(code);
  });

  test('exit - what listeners emit that were there before the box is written too', async () => {
    const ended = await built.run(
      `let box; process.on('exit', () => numbers(box, 5));
      ${ALL.replace('const box', 'box')} process.exit(0);`,
      { cwd },
    );
    expect(messagesOf(ended.stdout)).toEqual(numberedMessages(5));
    expect(messagesOf(read('audit.jsonl'))).toEqual(numberedMessages(5));
  });

  test.each([
    ['a file', `> out; cat out`],
    ['a pipe', `| cat`],
    ['a pipe whose reader is slow', `| (sleep 0.3; cat)`],
    [
      'a pipe whose reader takes little at a time',
      `| (while dd bs=20000 count=1 of=part 2>/dev/null && [ -s part ]; do cat part; sleep 0.01; done)`,
    ],
  ])('exit - the lines are on stdout where it is %s', async (_, shell) => {
    const ended = await built.run(
      `const box = createSignalbox({ destinations: { console: consoleSink() } }); numbers(box, 5_000);
       const turn = (n) => n ? setImmediate(turn, n - 1) : process.exit(0); turn(3);`,
      { cwd, shell },
    );
    expect(messagesOf(ended.stdout)).toEqual(numberedMessages(5_000));
  });

  test('exit - a line that a slow reader has in part gets its rest, and nothing twice', async () => {
    const ended = await built.run(
      `const box = createSignalbox({ destinations: { console: consoleSink() }, limits: { stringLength: 1_000_000 } });
       box.info('a'.repeat(150_000)); box.info('b'.repeat(150_000)); box.info('c');
       setTimeout(() => process.exit(0), 20);`,
      { cwd, shell: '| (sleep 0.5; cat)' },
    );
    expect(messagesOf(ended.stdout).map((line) => `${line[0]}${line.length}`)).toEqual([
      'a150000',
      'b150000',
      'c1',
    ]);
  });

  test("exit - ours are whole behind a line of the app's own that left in part", async () => {
    const ended = await built.run(
      `const box = createSignalbox({ destinations: { a: consoleSink(), b: consoleSink() } });
       console.log('x'.repeat(100_000)); box.info('one'); console.log('y'); box.info('two');
       setTimeout(() => process.exit(0), 20);`,
      { cwd, shell: '| (sleep 0.5; cat)' },
    );
    const ours = ended.stdout.split('\n').filter((line) => line.startsWith('{'));
    expect(ours.map((line) => JSON.parse(line).message).sort()).toEqual(['one', 'one', 'two', 'two']);
  });

  test('exit - a line behind what the app printed keeps its place where the reader keeps up', async () => {
    const ended = await built.run(
      `const box = createSignalbox({ destinations: { console: consoleSink() } });
       console.log('before'); box.info('mine'); await null; console.log('behind'); process.exit(0);`,
      { cwd },
    );
    expect(
      ended.stdout.split('\n').map((line) => (line.startsWith('{') ? JSON.parse(line).message : line)),
    ).toEqual(['before', 'mine', 'behind', '']);
  });

  test('exit - two boxes on one slow pipe tear no line of each other', async () => {
    const ended = await built.run(
      `const boxes = [0, 1].map(() => createSignalbox({ destinations: { console: consoleSink() }, limits: { stringLength: 1_000_000 } }));
       const other = require('./index.cjs').createSignalbox({ destinations: { console: require('./sinks.cjs').consoleSink() }, limits: { stringLength: 1_000_000 } });
       for (const box of [other, ...boxes]) { box.info('x'.repeat(90_000)); box.info('short'); }
       setTimeout(() => process.exit(0), 20);`,
      { cwd, shell: '| (sleep 0.5; cat)' },
    );
    const lengths = messagesOf(ended.stdout).map(({ length }) => length);
    expect(lengths.sort((a, b) => a - b)).toEqual([5, 5, 5, 90_000, 90_000, 90_000]);
  });

  test('exit - a reader that does not read keeps the process two seconds, files get all, and the rest is counted', async () => {
    const ended = await built.run(
      `${ALL} numbers(box, 5_000); const begun = performance.now();
       process.on('exit', () => {
         const { console, file } = box.stats().destinations;
         fs.writeFileSync('told.json', JSON.stringify({ took: performance.now() - begun,
           console: console.channels.sink, file: file.channels.sink }));
       });
       process.exit(0);`,
      { cwd, shell: `| (until [ -s told.json ]; do sleep 0.05; done; cat)` },
    );
    const told = JSON.parse(read('told.json'));
    const printed = messagesOf(ended.stdout);
    expect(printed.length).toBeGreaterThan(0);
    expect(printed).toEqual(numberedMessages(printed.length));
    expect(told.console).toMatchObject({
      routed: 5_000,
      delivered: printed.length,
      dropped: { exit: 5_000 - printed.length },
      failed: 0,
      queued: 0,
    });
    expect(told.file).toMatchObject({ routed: 5_000, delivered: 5_000, queued: 0 });
    expect(messagesOf(read('file.jsonl'))).toEqual(numberedMessages(5_000));
    expect(told.took).toBeGreaterThan(1_500);
    expect(told.took).toBeLessThan(6_000);
  });

  test('exit - a pipe without a reader and a file that can not be written are failures, and nothing throws', async () => {
    const ended = await built.run(
      `const box = createSignalbox({ destinations: { console: consoleSink(), file: jsonLineFile({ path: '/dev/full' }) } });
       await new Promise((done) => setTimeout(done, 100)); numbers(box, 10);
       process.on('exit', () => fs.writeFileSync('told.json', JSON.stringify(box.stats().destinations)));
       process.exit(7);`,
      { cwd, shell: `| true; until [ -s told.json ]; do sleep 0.05; done` },
    );
    const { console, file } = JSON.parse(read('told.json'));
    expect(console.channels.sink).toMatchObject({ routed: 10, failed: 10, queued: 0 });
    expect(file.channels.sink).toMatchObject({ routed: 10, failed: 10, queued: 0 });
    expect(ended.stderr).toBe('');
  });

  test('exit - the accounts of what was written then say delivered', async () => {
    const ended = await built.run(
      `${ALL} numbers(box, 100);
       process.on('exit', () => process.stderr.write(JSON.stringify(Object.values(box.stats().destinations).map((d) => d.channels.sink))));
       setTimeout(() => process.exit(0), 2);`,
      { cwd },
    );
    const sinks = JSON.parse(ended.stderr).filter(Boolean);
    expect(sinks).toHaveLength(3);
    for (const counts of sinks)
      expect(counts).toMatchObject({ routed: 100, delivered: 100, failed: 0, queued: 0 });
  });

  test('exit - modifiers are passed by, but what a filter keeps back stays back', async () => {
    const ended = await built.run(
      `const { retrying, timed, filtered, fallback, circuitBreaker, rateLimited, sampled } = sinks;
       const file = (path) => jsonLineFile({ path });
       const box = createSignalbox({ destinations: {
         a: sink(file('a'), { retry: { attempts: 3 }, timeoutMillis: 1000 }),
         b: circuitBreaker(rateLimited(file('b'), { perSecond: 1_000 })),
         c: fallback(() => { throw new Error('no'); }, file('c')),
         d: fallback(jsonLineFile({ path: '/dev/full' }), file('d')),
         e: filtered(file('e'), ({ message }) => message !== 'line 1'),
         f: sampled(file('f'), { ratio: 1 }),
       } });
       numbers(box, 3);
       process.on('exit', () => console.log(JSON.stringify(box.stats().destinations.e.channels.sink)));
       process.exit(0);`,
      { cwd },
    );
    for (const file of ['a', 'b', 'c', 'd', 'f']) expect(messagesOf(read(file))).toEqual(numberedMessages(3));
    expect(messagesOf(read('e'))).toEqual(['line 0', 'line 2']);
    expect(JSON.parse(ended.stdout)).toMatchObject({ delivered: 2, dropped: { filtered: 1 } });
  });

  test('exit - a box that was shut down writes nothing twice', async () => {
    const ended = await built.run(
      `${ALL} numbers(box, 5); await box.shutdown(); numbers(box, 5); process.exit(0);`,
      { cwd },
    );
    for (const lines of [ended.stdout, read('file.jsonl'), read('audit.jsonl')])
      expect(messagesOf(lines)).toEqual(numberedMessages(5));
  });

  test('exit - inside a sink of the app the other sinks have all', async () => {
    const ended = await built.run(
      `const box = createSignalbox({ destinations: { mine: () => process.exit(2), console: consoleSink(), file: jsonLineFile({ path: 'file.jsonl' }) } });
       numbers(box, 10);`,
      { cwd },
    );
    expect(ended.code).toBe(2);
    expect(messagesOf(ended.stdout)).toEqual(numberedMessages(10));
    expect(messagesOf(read('file.jsonl'))).toEqual(numberedMessages(10));
  });

  test('exit - no file is made for lines that nobody emitted', async () => {
    await built.run(`${ALL} process.exit(0);`, { cwd });
    expect(existsSync(join(cwd, 'file.jsonl'))).toBe(false);
  });

  test('exit - in a thread of its own the files have all, and nothing throws', async () => {
    const worker = join(cwd, 'worker.mjs');
    writeFileSync(worker, built.program(`${ALL} numbers(box, 200); process.exit(5);`));
    const ended = await built.run(
      `import { Worker } from 'node:worker_threads';
       new Worker(${JSON.stringify(worker)}, { execArgv: [] }).on('exit', (code) => console.error('code ' + code)).on('error', (error) => console.error(error));`,
      { cwd },
    );
    expect(ended.stderr).toBe('code 5\n');
    expect(messagesOf(read('file.jsonl'))).toEqual(numberedMessages(200));
    expect(messagesOf(read('audit.jsonl'))).toEqual(numberedMessages(200));
  });

  test('exit - fifty thousand emits in one loop are all on the console and in the file', async () => {
    const ended = await built.run(
      `const box = createSignalbox({ destinations: { console: consoleSink(), file: jsonLineFile({ path: 'file.jsonl' }) } });
       numbers(box, 50_000); setTimeout(() => process.exit(0), 50);`,
      { cwd, shell: '> out; cat out' },
    );
    expect(messagesOf(ended.stdout)).toEqual(numberedMessages(50_000));
    expect(messagesOf(read('file.jsonl'))).toEqual(numberedMessages(50_000));
  });
});
