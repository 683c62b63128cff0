import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Line } from '../conformance/setting.js';
import { installed } from '../lines/line.js';
import type { Postgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';
import type { Engine, Format, Told } from './apps.js';
import { Apps, codeOf } from './apps.js';

const apps = new Apps();
let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
  await apps.build();
}, 120_000);
afterAll(async () => {
  apps.remove();
  await postgres?.stop();
});

const FLAGS: Readonly<Record<Format, readonly string[]>> = {
  cjs: ['--require', 'sdk-with-ours.cjs'],
  mjs: ['--import', 'sdk-with-ours.mjs'],
};

async function run(engine: Engine, line: Line, format: Format): Promise<Told> {
  const app = join(await installed(line), 'jobs');
  await writeFile(`${app}.app.${format}`, codeOf(engine, format));
  return apps.run(app, format, FLAGS[format], { ADDRESS: await postgres.database() });
}

/** How many spans of ours there are of an operation, and in how many traces. */
function spansOf({ spans }: Told, operation: string): { readonly spans: number; readonly traces: number } {
  const own = spans.filter(
    ({ scope, attributes }) => scope === 'signalbox' && attributes['messaging.operation.name'] === operation,
  );
  return { spans: own.length, traces: new Set(own.map(({ trace }) => trace)).size };
}

const APPS: readonly (readonly [engine: Engine, line: Line, formats: readonly Format[]])[] = [
  ['pg-boss', 'pg-boss-10', ['cjs', 'mjs']],
  ['pg-boss', 'pg-boss-11', ['cjs', 'mjs']],
  ['pg-boss', 'pg-boss-12.0', ['mjs']],
  ['graphile-worker', 'graphile-worker-0.16', ['cjs', 'mjs']],
  ['graphile-worker', 'graphile-worker-0.18', ['mjs']],
];

describe.each(APPS.flatMap(([engine, line, formats]) => formats.map((format) => ({ engine, line, format }))))(
  'an app of $line, not a line of which is changed ($format)',
  ({ engine, line, format }) => {
    test('its jobs are observed, from when they are put in to their end', async () => {
      const told = await run(engine, line, format);
      expect(spansOf(told, 'enqueue')).toEqual({ spans: 2, traces: 2 });
      expect(spansOf(told, 'process')).toEqual({ spans: 2, traces: 2 });
      expect(told.records.filter(({ event }) => event === 'job.completed')).toHaveLength(2);
    });
  },
);
