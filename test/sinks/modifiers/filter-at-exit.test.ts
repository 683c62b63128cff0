import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SinkFunction } from '../../../src/delivery/sink-function.js';
import type { ExitOutcome } from '../../../src/delivery/write-at-exit.js';
import { atExitOf, writesAtExit } from '../../../src/delivery/write-at-exit.js';
import type { Emission } from '../../../src/emission/emission.js';
import { fallback } from '../../../src/sinks/modifiers/fallback.js';
import { filtered } from '../../../src/sinks/modifiers/filtered.js';
import { numbered } from '../../delivery/helpers.js';

const PATIENCE = {} as never;

/** A sink that at the end of the process answers with these outcomes, in order, and writes no more than so many. */
function exitSink(outcome: (emission: Emission) => ExitOutcome, most = Infinity): [SinkFunction, Emission[]] {
  const written: Emission[] = [];
  const sink = writesAtExit((() => {}) as SinkFunction, {
    local: true,
    waits: false,
    finish: () => undefined,
    write: (emissions, settled) => {
      for (const emission of emissions.slice(0, most)) {
        written.push(emission);
        settled(outcome(emission));
      }
    },
  });
  return [sink, written];
}

function outcomesAtExit(sink: SinkFunction, emissions: readonly Emission[]): ExitOutcome[] {
  const outcomes: ExitOutcome[] = [];
  atExitOf(sink)?.write(emissions, (outcome) => outcomes.push(outcome), PATIENCE);
  return outcomes;
}

const numberOf = ({ message }: Emission): number => Number(message);

describe('filtered(), when the process ends', () => {
  test('filtered() - reports the outcomes at exit in the order of the emissions', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('passes', 'kept', 'throws')), fc.nat(8), (verdicts, most) => {
        const [inner, written] = exitSink(() => 'delivered', most);
        const sink = filtered(inner, (emission) => {
          const verdict = verdicts[numberOf(emission)];
          if (verdict === 'throws') throw new Error('no such field');
          return verdict === 'passes';
        });
        const outcomes = outcomesAtExit(sink, numbered(verdicts.length));
        const expected = { passes: 'delivered', kept: { dropped: 'filtered' }, throws: 'failed' };
        expect(outcomes).toEqual(
          verdicts.slice(0, outcomes.length).map((verdict) => expected[verdict as keyof typeof expected]),
        );
        const passing = verdicts.flatMap((verdict, i) => (verdict === 'passes' ? [i] : []));
        expect(written.map(numberOf)).toEqual(passing.slice(0, most));
        // Only what comes after an emission that the sink had no time for has no outcome.
        expect(outcomes).toHaveLength(passing[most] ?? verdicts.length);
      }),
    );
  });

  test('fallback() - of a filtered sink gets at exit the emission that the first failed to write, and no other', () => {
    const [first] = exitSink(() => 'failed');
    const [other, written] = exitSink(() => 'delivered');
    const emissions = numbered(2);
    const outcomes = outcomesAtExit(
      fallback(
        filtered(first, (one) => numberOf(one) === 0),
        other,
      ),
      emissions,
    );
    expect(outcomes).toEqual(['delivered', { dropped: 'filtered' }]);
    expect(written).toEqual(emissions.slice(0, 1));
  });
});
