import type { EngineCase } from './case.js';
import type { BenchOtel } from './otel.js';

export interface RoundsOptions {
  readonly jobs: number;
  readonly rounds: number;
}

/** Microseconds of the process's CPU for each job: enqueue to settled, and all telemetry of it handed over. */
async function round(one: EngineCase, jobs: number, otel: BenchOtel): Promise<number> {
  const run = await one.prepare();
  const cpu = process.cpuUsage();
  await run.play(jobs);
  await otel.flush();
  const used = process.cpuUsage(cpu);
  await run.close();
  return (used.user + used.system) / jobs;
}

/** Runs the jobs in each way, once a round, in rotating order: for each case the cost of its rounds. A first round of each is not counted. */
export async function playRounds(
  cases: readonly EngineCase[],
  otel: BenchOtel,
  { jobs, rounds }: RoundsOptions,
): Promise<number[][]> {
  const perRound = Math.ceil(jobs / rounds);
  const micros = cases.map((): number[] => []);
  for (const one of cases) await round(one, perRound, otel);
  for (let r = 0; r < rounds; r++) {
    for (let i = 0; i < cases.length; i++) {
      const at = (i + r) % cases.length;
      micros[at]?.push(await round(cases[at] as EngineCase, perRound, otel));
    }
  }
  return micros;
}
