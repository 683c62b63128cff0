import type { Fact, Late } from '../facts.js';

// Asked for with each attempt of a run, and a process has many facts.
const found = new WeakMap<readonly Fact[], readonly Late[]>();

/** Milliseconds that a process was made to wait between two moments, both of its wall clock or both of the monotonic one. */
export function lateIn(
  facts: readonly Fact[],
  from: number,
  to: number,
  clock: 'at' | 'mono' = 'at',
): number {
  let sum = 0;
  for (const late of lateOf(facts))
    sum += Math.max(0, Math.min(to, late[clock]) - Math.max(from, late[clock] - late.millis));
  return sum;
}

function lateOf(facts: readonly Fact[]): readonly Late[] {
  const late = found.get(facts) ?? facts.filter((fact): fact is Late => fact.fact === 'late');
  found.set(facts, late);
  return late;
}
