import type { SinkFunction } from '../../delivery/sink-function.js';
import type { ExitOutcome } from '../../delivery/write-at-exit.js';
import { atExitOf, writesAtExit } from '../../delivery/write-at-exit.js';
import type { Emission } from '../../emission/emission.js';
import { swallow } from '../../emission/swallow.js';

/** Filters also what a sink writes when the process ends: an emission that the test keeps from a sink must not reach it then. */
export function filterAtExit(sink: SinkFunction, test: (emission: Emission) => boolean): SinkFunction {
  const way = atExitOf(sink);
  if (!way) return sink;
  return writesAtExit(sink, {
    local: way.local,
    waits: way.waits,
    finish: (given, patience) => way.finish(given, patience),
    write: (emissions, settled, patience) => {
      const verdicts = emissions.map((emission) => verdictOf(emission, test));
      let next = 0;
      // Outcomes come in the order of the emissions: the caller knows by it which one each is of.
      const reportFiltered = (): void => {
        for (let verdict = verdicts[next]; verdict && verdict !== 'passes'; verdict = verdicts[next]) {
          next++;
          settled(verdict);
        }
      };
      const reportWritten = (outcome: ExitOutcome): void => {
        next++;
        settled(outcome);
        reportFiltered();
      };
      reportFiltered();
      const passing = emissions.filter((_, i) => verdicts[i] === 'passes');
      way.write(passing, reportWritten, patience);
    },
  });
}

function verdictOf(emission: Emission, test: (emission: Emission) => boolean): ExitOutcome | 'passes' {
  try {
    const passes = test(emission);
    swallow(passes);
    return passes ? 'passes' : { dropped: 'filtered' };
  } catch {
    return 'failed';
  }
}
