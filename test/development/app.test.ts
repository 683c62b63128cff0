import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
  const home = mkdtempSync(join(ROOT, 'test/development/run-'));
  try {
    writeFileSync(join(home, 'app.ts'), APP);
    const { NODE_ENV: _, CI: __, ...own } = process.env;
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), join(home, 'app.ts')], {
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
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

test('NODE_ENV=development - an app is told on stderr, with its own lines, before it ends', async () => {
  const lines = (await errorsOf({ NODE_ENV: 'development' })).split('\n');
  expect(lines).toEqual([
    "signalbox (development): the field 'amount' of PAID is a string, and does not leave.",
    expect.stringMatching(/^ {4}at pay \(.*app\.ts:5:7\)$/),
    '  Give a finite number.',
    'signalbox (development): no route takes INFO: it goes nowhere.',
    expect.stringMatching(/^ {4}at .*app\.ts:8:5\)?$/),
    "  Add a route, as in { signals: 'INFO', to: 'otel' }; `String(box.describe())` lists those that there are.",
    '',
  ]);
});

test.each([{ NODE_ENV: 'production' }, { NODE_ENV: 'test' }, {}])(
  'without a terminal, in %j - an app prints nothing',
  async (env) => {
    expect(await errorsOf(env)).toBe('');
  },
);
