import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

const APP = `import { createSignalbox, defineSignal, field } from 'signalbox';
const PAID = defineSignal('PAID', { fields: { amount: field.number() } });
const box = createSignalbox({ destinations: { seen: () => {} }, routes: [{ signals: 'PAID', to: 'seen' }] });
function pay(amount: unknown): void {
  box.emit(PAID, { amount: amount as number });
}
pay('twelve');
box.info('nobody takes it');
`;

/** What an app of its own file prints to stderr. */
async function errorsOf(env: Readonly<Record<string, string>>): Promise<string> {
  return inFolder(async (home) => {
    writeFileSync(join(home, 'app.ts'), APP);
    return printedBy(['--import', import.meta.resolve('tsx'), join(home, 'app.ts')], env);
  });
}

async function inFolder<T>(use: (home: string) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(ROOT, 'test/development/run-'));
  try {
    return await use(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function printedBy(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const { NODE_ENV: _, CI: __, ...own } = process.env;
  const child = spawn(process.execPath, args, {
    env: { ...own, TSX_TSCONFIG_PATH: join(ROOT, 'tsconfig.json'), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  expect(code, printed).toBe(0);
  return printed;
}

test('NODE_ENV=development - an app is told on stderr, with its own lines, before it ends', async () => {
  const lines = (await errorsOf({ NODE_ENV: 'development' })).split('\n');
  expect(lines).toEqual([
    "signalbox (development): the field 'amount' of PAID is a string, and does not leave.",
    expect.stringMatching(/^ {4}at pay \(.*app\.ts:5:7\)$/),
    '  Give a finite number.',
    'signalbox (development): no route takes INFO: it goes nowhere.',
    expect.stringMatching(/^ {4}at .*app\.ts:8:5\)?$/),
    "  Add a route, as in { signals: 'INFO', to: 'otel' }; `String(box.describe())` lists the routes.",
    '',
  ]);
});

test.each([{ NODE_ENV: 'production' }, { NODE_ENV: 'test' }, {}])(
  'without a terminal, in %j - an app prints nothing',
  async (env) => {
    expect(await errorsOf(env)).toBe('');
  },
);

const CALLED = `import { handle } from 'layer';
import { createSignalbox, defineSignal } from 'signalbox';
const box = createSignalbox({ destinations: { seen: () => {} }, routes: [] });
const [ONE, TWO] = [defineSignal('ONE'), defineSignal('TWO')];
handle(function emits() {
  box.emit(ONE);
});
handle(function emitsDurably() {
  void box.emitDurably(TWO);
});
handle(function informs() {
  box.info('nobody takes it');
});
`;

test('in a bundle of one file that a package calls - an app is told its own lines, of each door', async () => {
  const printed = await inFolder(async (home) => {
    writeFileSync(join(home, 'app.ts'), CALLED);
    const layer = join(home, 'node_modules/layer');
    mkdirSync(layer, { recursive: true });
    writeFileSync(join(layer, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
    writeFileSync(join(layer, 'index.js'), 'export function handle(fn) {\n  fn();\n}\n');
    await build({
      entryPoints: [join(home, 'app.ts')],
      outfile: join(home, 'app.mjs'),
      bundle: true,
      format: 'esm',
      platform: 'node',
      alias: { signalbox: join(ROOT, 'src/index.ts') },
      external: ['layer', '@opentelemetry/*'],
    });
    return printedBy([join(home, 'app.mjs')], { NODE_ENV: 'development' });
  });
  expect(printed.split('\n').filter((line) => line.startsWith('    at '))).toEqual([
    expect.stringMatching(/^ {4}at emits \(.*app\.mjs:/),
    expect.stringMatching(/^ {4}at emitsDurably \(.*app\.mjs:/),
    expect.stringMatching(/^ {4}at informs \(.*app\.mjs:/),
  ]);
});
