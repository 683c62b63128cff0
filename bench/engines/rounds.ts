import { inTurn } from '../in-turn.js';
import type { EngineCase } from './case.js';

export interface RoundsOptions {
  readonly jobs: number;
  readonly rounds: number;
  /** Jobs of each case that are not counted, in some rounds: until its code is compiled, which an app that runs for hours is soon. */
  readonly warmUp: number;
}

/** In how many rounds the jobs of the warm-up are run. */
const WARM_UPS = 5;

/** What the jobs tell. */
export interface Telemetry {
  /** Hands over all that waits, metrics too: what is left to do is part of what a round costs. */
  flush(): Promise<unknown>;
}

/** Microseconds of the process's CPU for each job: enqueue to settled, and all telemetry of it handed over. */
async function round(one: EngineCase, jobs: number, telemetry: Telemetry): Promise<number> {
  const run = await one.prepare();
  const cpu = process.cpuUsage();
  await run.play(jobs);
  await telemetry.flush();
  const used = process.cpuUsage(cpu);
  await run.close();
  return (used.user + used.system) / jobs;
}

/** Runs the jobs in each way, once a round: for each case the cost of its rounds. */
export async function playRounds(
  cases: readonly EngineCase[],
  telemetry: Telemetry,
  { jobs, rounds, warmUp }: RoundsOptions,
): Promise<number[][]> {
  const perRound = Math.ceil(jobs / rounds);
  // A short run is no measurement: it says that the benchmark works.
  const each = Math.ceil(Math.min(warmUp, 3 * jobs) / WARM_UPS);
  for (let r = 0; r < WARM_UPS; r++) for (const one of cases) await round(one, each, telemetry);
  return inTurn(cases, rounds, (one) => round(one, perRound, telemetry));
}
