import fc from 'fast-check';
import type { Counts, Severity } from 'signalbox';
import { afterEach, describe, expect, test } from 'vitest';
import { resetOtel } from '../support/otel.js';
import type { Behaviour, Destination, Program, RouteGiven, SignalName, Step } from './accounting-world.js';
import { turn, World } from './accounting-world.js';
import { noUnhandledRejections } from './rejections.js';

noUnhandledRejections();
afterEach(resetOtel);

const severity = fc.constantFrom<Severity>('debug', 'info', 'warn', 'error');
const signal = fc.constantFrom<SignalName>('plain', 'measured', 'silent');
const route: fc.Arbitrary<RouteGiven> = fc.record({
  signals: fc.uniqueArray(signal, { minLength: 1 }),
  minSeverity: fc.option(severity, { nil: undefined }),
  to: fc.uniqueArray(fc.constantFrom<Destination>('otel', 'first', 'second', 'small'), { minLength: 1 }),
});
const behaviours = fc.array(
  fc.constantFrom<Behaviour>('returns', 'resolves', 'throws', 'rejects', 'drops', 'held'),
  { minLength: 1, maxLength: 4 },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('emit' as const),
      signal,
      severity,
      times: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('level' as const), severity }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('route' as const), route }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unroute' as const), index: fc.nat(9) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'start' as const,
        'shutdown sdk' as const,
        'remove sdk' as const,
        'let go' as const,
        'turn' as const,
      ),
    }),
  },
);
const program: fc.Arbitrary<Program> = fc.record({
  behaviours: fc.record({ first: behaviours, second: behaviours, small: behaviours }),
  routes: fc.array(route, { maxLength: 3 }),
  steps: fc.array(step, { maxLength: 40, size: 'max' }),
  patient: fc.boolean(),
});

function dropped(counts: Counts): number {
  return Object.values(counts.dropped).reduce((sum, n) => sum + n, 0);
}

/** Nothing vanishes: each channel of each destination adds up, and nothing in it is below zero. */
function expectToAddUp(world: World): void {
  for (const [where, counts] of Object.entries(world.counts)) {
    const { routed, delivered, handedOver, failed, queued } = counts;
    expect(delivered + handedOver + dropped(counts) + failed + queued, where).toBe(routed);
    for (const n of [routed, delivered, handedOver, failed, queued, ...Object.values(counts.dropped)])
      expect(n, where).toBeGreaterThanOrEqual(0);
  }
}

const SINKS = ['first', 'second', 'small'] as const;

/** What was counted apart from the library: the same, to the last one. */
function expectTruth(world: World): void {
  const { truth, counts } = world;
  for (const channel of ['logs', 'spanEvents', 'metrics'] as const) {
    const { routed, handedOver, dropped: drops } = truth[channel];
    expect(counts[channel], channel).toEqual({
      routed,
      handedOver,
      dropped: drops,
      delivered: 0,
      failed: 0,
      queued: 0,
    });
  }
  for (const name of SINKS) expect(counts[name]?.routed, name).toBe(truth[name].routed);
  const { emitted, unrouted, refused } = world.box.stats();
  expect({ emitted, unrouted, closed: refused.closed ?? 0 }).toEqual({
    emitted: truth.emitted,
    unrouted: truth.unrouted,
    closed: truth.closed,
  });
}

/** Once every sink has had its say, what they said is what was counted. */
function expectAllSettled(world: World, patient: boolean): void {
  for (const name of SINKS) {
    const { delivered, failed, dropped: drops } = world.truth[name];
    const counts = world.counts[name];
    const lost = counts?.dropped.shutdown ?? 0;
    expect(counts?.queued, name).toBe(0);
    expect(counts?.delivered, name).toBe(delivered);
    expect(counts?.dropped.filtered ?? 0, name).toBe(drops.filtered ?? 0);
    if (name !== 'small') expect(counts?.dropped.queue_full ?? 0, name).toBe(0);
    if (patient) {
      expect(counts?.failed, name).toBe(failed);
      expect(lost, name).toBe(0);
    } else {
      // At most one was being called when the deadline came: nobody knows what became of it.
      expect([failed, failed + 1], name).toContain(counts?.failed);
    }
  }
}

describe('accounting', () => {
  test('accounting - of any program adds up after each step, and equals an independent count', async () => {
    await fc.assert(
      fc.asyncProperty(program, async (given) => {
        const world = new World(given);
        try {
          for (const one of given.steps) {
            await world.take(one);
            expectToAddUp(world);
            expectTruth(world);
          }
          await world.end(given.patient);
          expectToAddUp(world);
          expectTruth(world);
          expectAllSettled(world, given.patient);
          const before = world.counts;
          for (let i = 0; i < 3; i++)
            await world.take({ kind: 'emit', signal: 'measured', severity: 'error', times: 2 });
          await world.take({ kind: 'level', severity: 'fatal' });
          await turn();
          expectTruth(world);
          expect(world.truth.closed).toBe(7);
          expect(world.counts).toEqual(before);
        } finally {
          world.letGo();
          resetOtel();
        }
      }),
      { numRuns: 100 },
    );
  });
});
