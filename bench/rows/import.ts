import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { overRounds } from '../harness.js';
import { spreadOf } from '../spread.js';
import type { Row } from './row.js';

/** What the package is when it is built, made with the benchmark. */
const CORE = new URL('../package/index.js', import.meta.url).href;
const LEAST_ROUNDS = 15;

/** Nanoseconds of CPU that importing a module takes in a process that has imported nothing else. */
async function nanosOf(specifier: string): Promise<number> {
  const program = `
    await import('data:text/javascript,');
    const before = process.cpuUsage();
    await import(${JSON.stringify(specifier)});
    const { user, system } = process.cpuUsage(before);
    process.stdout.write(String((user + system) * 1e3));`;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const args = ['--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  return Number(stdout);
}

export const row: Row = {
  id: 'import',
  what: 'import of the core, against import of @opentelemetry/api',
  unit: 'ratio',
  must: 0.5,
  aim: 0.25,
  ours: true,
  measure: async ({ rounds }) => {
    const costs: number[][] = [[], []];
    await nanosOf('@opentelemetry/api');
    await nanosOf(CORE);
    for (let i = 0; i < Math.max(rounds, LEAST_ROUNDS); i++) {
      costs[0]?.push(await nanosOf('@opentelemetry/api'));
      costs[1]?.push(await nanosOf(CORE));
    }
    const [api, core] = costs.map((of) => spreadOf(of).value) as [number, number];
    const millis = (nanos: number): string => `${(nanos / 1e6).toFixed(1)} ms of CPU`;
    return {
      ...overRounds(costs, ([one, other]) => (other ?? Number.NaN) / (one ?? Number.NaN)),
      against: '@opentelemetry/api',
      nanos: core,
      notes: [`@opentelemetry/api: ${millis(api)}`, `signalbox: ${millis(core)}`],
    };
  },
};
