import * as api from '@opentelemetry/api';
import * as core from 'signalbox';
import * as jobs from 'signalbox/jobs';
import * as sinks from 'signalbox/sinks';
import { expect, test } from 'vitest';
import { createApp, placeOrder } from '../check/scenario.mjs';
import type { Cell } from './cells.js';
import { judge } from './judge.js';
import type { Played } from './play.js';

const NEVER: Cell = { node: '20', line: '2', format: 'esm', sdk: 'never', start: 'by-hand' };
const NOTHING = { spans: [], logs: [], metrics: [] };

/** The scenario, where no SDK is. */
async function played(): Promise<Played> {
  const app = createApp({ ...core, ...jobs, ...sinks }, 'direct');
  app.box.emit(app.APP_BOOTED);
  const returned = await placeOrder(app, api.trace.getTracer('app'), api, async () => {});
  await app.box.forceFlush();
  const round = {
    returned,
    emissions: app.emissions,
    problems: app.box.describe().problems,
    stats: app.box.stats(),
  };
  const told = { version: '0.0.0', rounds: [round], shutdown: await app.box.shutdown() };
  return { told, arrived: [NOTHING, NOTHING], wrong: [] };
}

const partsOf = (complaints: readonly string[]): string[] =>
  complaints.map((complaint) => complaint.split(':')[0] ?? '');

test('judge() - has nothing to say of an app that did as it must', async () => {
  expect(judge(NEVER, await played())).toEqual([]);
});

test('judge() - names each part that is not as it must be', async () => {
  const silent = await played();
  expect(partsOf(judge({ ...NEVER, sdk: 'before' }, silent))).toEqual([
    'spans',
    'logs',
    'metrics',
    'self',
    'sink',
    'problems',
    'stats',
  ]);
  expect(partsOf(judge({ ...NEVER, sdk: 'replaced' }, silent))).toContain('rounds');
  expect(partsOf(judge({ ...NEVER, sdk: 'after' }, silent))).toContain('shutdown()');
});

test('judge() - names what went wrong beside, and what arrived where nothing should', async () => {
  const app = await played();
  expect(judge(NEVER, { ...app, wrong: ['stderr: a warning'] })).toEqual(['stderr: a warning']);
  expect(judge(NEVER, { ...app, told: undefined, wrong: ['it ended with 1'] })).toEqual(['it ended with 1']);
  const stray = { ...NOTHING, metrics: [{ scope: { name: 'signalbox' }, metrics: [] }] };
  expect(partsOf(judge(NEVER, { ...app, arrived: [NOTHING, stray] }))).toEqual(['a second SDK']);
});
