import type { SinkFunction } from '../../delivery/sink-function.js';
import { atExitOf, writesAtExit } from '../../delivery/write-at-exit.js';
import type { Emission } from '../../emission/emission.js';
import { swallow } from '../../emission/swallow.js';

/** Has a sink write only what passes the test when the process ends too: what is kept from a sink must not reach it then. */
export function filterAtExit(sink: SinkFunction, test: (emission: Emission) => boolean): SinkFunction {
  const way = atExitOf(sink);
  if (!way) return sink;
  return writesAtExit(sink, {
    local: way.local,
    waits: way.waits,
    finish: (given, patience) => way.finish(given, patience),
    write: (emissions, settled, patience) => {
      const passing = emissions.filter((emission) => {
        try {
          const passes = test(emission);
          swallow(passes);
          if (!passes) settled({ dropped: 'filtered' });
          return passes;
        } catch {
          settled('failed');
          return false;
        }
      });
      way.write(passing, settled, patience);
    },
  });
}
