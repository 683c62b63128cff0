import type { EngineCase } from './case.js';
import type { BenchOtel } from './otel.js';

export interface RoundsOptions {
  readonly jobs: number;
  readonly rounds: number;
  /** Rounds of each case that are not counted: until its code is compiled, which an app that runs for hours is soon. Default 1. */
  readonly warmUp?: number;
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

/** Runs the jobs in each way, once a round, in rotating order: for each case the cost of its rounds. */
export async function playRounds(
  cases: readonly EngineCase[],
  otel: BenchOtel,
  { jobs, rounds, warmUp = 1 }: RoundsOptions,
): Promise<number[][]> {
  const perRound = Math.ceil(jobs / rounds);
  const micros = cases.map((): number[] => []);
  for (let r = 0; r < warmUp; r++) for (const one of cases) await round(one, perRound, otel);
  for (let r = 0; r < rounds; r++) {
    for (let i = 0; i < cases.length; i++) {
      const at = (i + r) % cases.length;
      micros[at]?.push(await round(cases[at] as EngineCase, perRound, otel));
    }
  }
  return micros;
}
