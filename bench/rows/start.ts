import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { overRounds } from '../harness.js';
import { inTurn } from '../in-turn.js';
import { spreadOf } from '../spread.js';
import type { Row } from './row.js';

/** What the package is when it is built, made with the benchmark. */
const PACKAGE = new URL('../package/', import.meta.url);
const LEAST_ROUNDS = 21;

const WITHOUT = `
  import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
  import { NodeSDK } from '@opentelemetry/sdk-node';
  new NodeSDK({ instrumentations: [getNodeAutoInstrumentations()] }).start();`;

const WITH = `
  import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
  import { NodeSDK } from '@opentelemetry/sdk-node';
  import { createSignalbox } from ${JSON.stringify(new URL('index.js', PACKAGE).href)};
  import { signalboxInstrumentations } from ${JSON.stringify(new URL('instrumentation/index.js', PACKAGE).href)};
  new NodeSDK({
    instrumentations: [getNodeAutoInstrumentations(), ...signalboxInstrumentations(createSignalbox())],
  }).start();`;

const TELL = `
  const { user, system } = process.cpuUsage();
  process.stdout.write(String((user + system) * 1e3), () => process.exit());`;

const NOTHING_IS_SENT = {
  OTEL_TRACES_EXPORTER: 'none',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
};

/** Nanoseconds of CPU that a process has taken from its start until its SDK has started. */
async function nanosOf(program: string): Promise<number> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program + TELL],
    { cwd: fileURLToPath(new URL('.', import.meta.url)), env: { ...process.env, ...NOTHING_IS_SENT } },
  );
  return Number(stdout);
}

export const row: Row = {
  id: 'start',
  what: 'start of an app with NodeSDK, auto-instrumentations and signalboxInstrumentations, no queue used, against the same without ours',
  unit: 'ratio',
  must: 1.05,
  measure: async ({ rounds }) => {
    const programs = [WITHOUT, WITH];
    await inTurn(programs, 1, nanosOf);
    const costs = await inTurn(programs, Math.max(rounds, LEAST_ROUNDS), nanosOf);
    const [without, own] = costs.map((of) => spreadOf(of).value) as [number, number];
    const millis = (nanos: number): string => `${(nanos / 1e6).toFixed(0)} ms of CPU`;
    return {
      ...overRounds(costs, ([one, other]) => (other ?? Number.NaN) / (one ?? Number.NaN)),
      against: 'the same without ours',
      nanos: own,
      notes: [`without ours: ${millis(without)}`, `with ours: ${millis(own)}`],
    };
  },
};
