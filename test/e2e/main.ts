import type { Flags } from './flags.js';
import { parseFlags } from './flags.js';
import { programs } from './programs/programs.js';
import { composeStack } from './stack/compose-stack.js';
import type { Stack } from './stack/stack.js';
import { startStack } from './stack/start.js';
import { steps } from './steps/index.js';
import type { Finding, Scene } from './steps/step.js';

const HELP = `npm run test:e2e -- [flags]

Runs the example against the real collector, Jaeger and Prometheus, and compares what they answer with the
ledger of what really happened. The programs are built by Go the first time. Loki is AGPL and not built
here: a receiver of the tests' own is at its address, keeps what Loki would have got, and answers the
queries; --docker runs Loki itself.

  --only NAME   only this step; repeatable: ${steps.map(({ name }) => name).join(', ')}
  --docker      docker compose instead of programs of this machine; with Loki and Grafana
  --keep        leaves data and logs of the programs where they are
  --build       builds the programs that are missing, and runs no step
  --help        prints this
`;
const SHOWN = 25;
const COMPLAINT = /\b(error|fatal|panic)\b/i;

const began = performance.now();
const stacks: Stack[] = [];

function say(line: string): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${seconds.padStart(6)} s  ${line}`);
}

async function startStacks({ docker, keep, only }: Flags): Promise<Pick<Scene, 'stack' | 'second'>> {
  const start = async (name: string): Promise<Stack> => {
    const stack = await (docker ? composeStack : startStack)({ name, say, keep });
    stacks.push(stack);
    return stack;
  };
  if (docker) return { stack: await start('main'), second: undefined };
  await programs({ say });
  const isAlone = only.length > 0 && !only.includes('two-destinations');
  if (isAlone) return { stack: await start('main'), second: undefined };
  const started = await Promise.allSettled([start('main'), start('second')]);
  const [stack, second] = started.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  if (stack === undefined) throw new Error('no stack was started');
  return { stack, second };
}

/** Ends everything that was started; what fails in that is told and no reason to leave the rest. */
async function stopStacks(): Promise<void> {
  for (const stopped of await Promise.allSettled(stacks.splice(0).map((stack) => stack.stop()))) {
    if (stopped.status === 'rejected') console.error(stopped.reason);
  }
}

async function runSteps(flags: Flags): Promise<Finding> {
  const wanted = steps.filter(({ name }) => flags.only.length === 0 || flags.only.includes(name));
  const scene: Scene = { ...(await startStacks(flags)), say: (line) => say(`  ${line}`) };
  let jobs = 0;
  const mismatches: string[] = [];
  for (const step of wanted) {
    say(`${step.name}: ${step.shows}`);
    const stepBegan = performance.now();
    const found = await step.run(scene).catch(async (error: unknown): Promise<Finding> => {
      const told = error instanceof Error ? error.message : String(error);
      return { jobs: 0, mismatches: [`did not come to its end: ${told}`] };
    });
    const amiss = [...found.mismatches, ...refusals()];
    jobs += found.jobs;
    mismatches.push(...amiss);
    for (const text of amiss.slice(0, SHOWN)) say(`  MISMATCH ${text}`);
    if (amiss.length > SHOWN) say(`  … and ${amiss.length - SHOWN} more`);
    const seconds = ((performance.now() - stepBegan) / 1000).toFixed(1);
    say(`${step.name}: ${amiss.length === 0 ? 'holds' : 'DOES NOT HOLD'} (${seconds} s)`);
  }
  if (mismatches.length > 0) await showComplaints();
  return { jobs, mismatches };
}

/** What came to Loki's address since the last step and was refused there. */
function refusals(): string[] {
  return stacks.flatMap(({ name, refusals }) =>
    refusals().map((text) => `${name}: what came to Loki's address was refused: ${text}`),
  );
}

/** What the programs themselves complained of. */
async function showComplaints(): Promise<void> {
  for (const stack of stacks) {
    for (const { name } of stack.services) {
      const lines = (await stack.tail(name, 200).catch(() => '')).split('\n');
      const told = lines.filter((line) => COMPLAINT.test(line)).slice(-3);
      for (const line of told) console.log(`${stack.name} ${name}: ${line.slice(0, 500)}`);
    }
  }
}

function endBySignal(code: number): void {
  // The steps that are under way have no more to say.
  stopStacks().finally(() => process.exit(code));
}

async function main(): Promise<number> {
  let flags: Flags;
  try {
    flags = parseFlags(
      process.argv.slice(2),
      steps.map(({ name }) => name),
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
  if (flags.help) {
    console.log(HELP);
    return 0;
  }
  process.once('SIGINT', () => endBySignal(130)).once('SIGTERM', () => endBySignal(143));
  try {
    if (flags.build) {
      await programs({ say });
      return 0;
    }
    const { jobs, mismatches } = await runSteps(flags);
    await stopStacks();
    console.log(`${jobs} jobs: ${mismatches.length} mismatches`);
    return mismatches.length === 0 ? 0 : 1;
  } catch (error) {
    await stopStacks();
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

// By itself a process waits for timers, such as those of programs that could not be started.
process.exit(await main());
