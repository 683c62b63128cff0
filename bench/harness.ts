import { PerformanceObserver } from 'node:perf_hooks';
import { inTurn } from './in-turn.js';
import type { Spread } from './spread.js';
import { shownSpread, spreadOf } from './spread.js';

/** One thing that is timed: `run(n)` does it n times, synchronously. */
export interface Case {
  readonly name: string;
  /** Operations between two looks at the clock. Default {@link BLOCK}; fewer where one is many. */
  readonly block?: number;
  run(times: number): void;
  /** What the timed work leaves to do (batches): part of the time. */
  settle?(): Promise<void>;
  /** What an app does now and then (a collection of metrics): once before the rounds and at the end of each, part of the time. */
  rest?(): Promise<void>;
  /** The same, where it is no part of the time: what it costs grows with something else than operations. */
  between?(): Promise<void>;
}

/** Nanoseconds of CPU that one operation takes: of each case a list of rounds. */
export type Costs = readonly (readonly number[])[];

export interface Figure {
  readonly name: string;
  /** CPU time each, garbage collection included: the median over rounds. The wall clock would count what else the machine does. */
  readonly cost: number;
  /** To the first case in the same round: median, and the 10th and 90th percentile. It is seldom the ratio of the medians. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** What an app does in one turn of its loop at most. */
export const BLOCK = 512;

/** Rounds before those that count. The points of a curve are one program at several sizes: they are compiled together. */
const CURVE_WARM_UPS = 5;
/** Cases that are compared are different programs. Until V8 has compiled all of both, the larger one pays more. */
const WARM_UPS = 12;

/** Returns how many operations it did. */
async function block(one: Case): Promise<number> {
  const { block: times = BLOCK } = one;
  one.run(times);
  await (one.settle?.() ?? new Promise(setImmediate));
  return times;
}

/** Times the points of a curve: each point once a round, until it has used its CPU. */
export async function costsOf(cases: readonly Case[], rounds: number, millis: number): Promise<Costs> {
  const alone = async (one: Case): Promise<number> => (await round([one], millis))[0] ?? Number.NaN;
  for (let r = 0; r < CURVE_WARM_UPS; r++) for (const one of cases) await alone(one);
  return inTurn(cases, rounds, alone);
}

/** CPU that a case uses before the next has its turn: some collections of the young generation. */
const TURN_MILLIS = 20;

/**
 * Times programs that are compared. They take short turns, because the memory of a shared machine is twice as fast at one moment as at the
 * next. Each pays for its own garbage: a collection of the young generation ends every turn, in a process with `--expose-gc`.
 */
export async function comparedCosts(cases: readonly Case[], rounds: number, millis: number): Promise<Costs> {
  for (let r = 0; r < WARM_UPS; r++) await round(cases, millis, r);
  const costs = cases.map((): number[] => []);
  for (let r = 0; r < rounds; r++)
    for (const [i, nanos] of (await round(cases, millis, r)).entries()) costs[i]?.push(nanos);
  return costs;
}

/** One round of all cases, in turns that add up to so much CPU for each. Returns what an operation of each case cost. */
async function round(cases: readonly Case[], millis: number, first = 0): Promise<number[]> {
  const spent = cases.map((one) => ({ one, micros: 0, done: 0 }));
  const turns = Math.ceil(millis / TURN_MILLIS);
  for (let turn = 0; turn < turns; turn++)
    for (const each of startingAt(spent, first + turn)) await takeTurn(each, millis / turns);
  for (const each of spent) {
    const before = process.cpuUsage();
    await each.one.rest?.();
    each.micros += microsSince(before);
    await each.one.between?.();
  }
  return spent.map(({ micros, done }) => (micros * 1e3) / done);
}

const collectYoung = globalThis.gc as ((options: { readonly type: 'minor' }) => void) | undefined;

interface Spent {
  readonly one: Case;
  micros: number;
  done: number;
}

/** Until so much CPU is used: a turn of wall clock is a short one where others use the machine. */
async function takeTurn(spent: Spent, millis: number): Promise<void> {
  const before = process.cpuUsage();
  do {
    spent.done += await block(spent.one);
  } while (microsSince(before) < millis * 1e3);
  collectYoung?.({ type: 'minor' });
  spent.micros += microsSince(before);
}

function microsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function startingAt<T>(all: readonly T[], first: number): readonly T[] {
  const at = first % all.length;
  return [...all.slice(at), ...all.slice(0, at)];
}

/** What is made of the costs of one round, over all rounds: only what was measured in the same round is compared. */
export function overRounds(costs: Costs, figure: (round: readonly number[]) => number): Spread {
  const rounds = costs[0]?.length ?? 0;
  return spreadOf(Array.from({ length: rounds }, (_, r) => figure(costs.map((of) => of[r] ?? Number.NaN))));
}

/** Medians, and ratios to the first within each round; `costs` has a list of rounds for each name. */
export function summarise(names: readonly string[], costs: Costs): Figure[] {
  return names.map((name, i) => {
    const { value, low, high } = overRounds(
      costs,
      (round) => (round[i] ?? Number.NaN) / (round[0] ?? Number.NaN),
    );
    return { name, cost: spreadOf(costs[i] ?? []).value, ratio: value, low, high };
  });
}

/** A case's figures, as they stand below the table. */
export function noteOf({ name, cost, ratio, low, high }: Figure): string {
  return `${name}: ${shownSpread({ value: ratio, low, high }, 2)}, ${cost.toFixed(0)} ns`;
}

const BLOCKS = 8;
const COUNTS = 7;
const BLOCKS_BEFORE = 70;

/**
 * Bytes that one operation allocates: the heap's growth over some blocks, with no collection in between. Throws where there was one, and in
 * a process that can not collect.
 */
export async function allocatedBy(one: Case): Promise<number> {
  const collect = globalThis.gc;
  if (!collect) throw new Error('Bytes are counted in a process with --expose-gc.');
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  for (let i = 0; i < BLOCKS_BEFORE; i++) await block(one);
  await one.rest?.();
  const counts: number[] = [];
  for (let i = 0; i < COUNTS; i++) {
    collect();
    // What is left of one operation for a later turn is not of the next; and the collection is told of.
    await turns();
    collections = 0;
    const before = process.memoryUsage().heapUsed;
    let done = 0;
    for (let j = 0; j < BLOCKS; j++) done += await block(one);
    counts.push((process.memoryUsage().heapUsed - before) / done);
    await turns();
    if (collections > 0)
      throw new Error(
        `${one.name}: garbage was collected while bytes were counted. Give it a smaller block.`,
      );
  }
  observer.disconnect();
  return spreadOf(counts).value;
}

async function turns(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate);
}
