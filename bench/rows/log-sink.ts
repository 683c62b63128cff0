import { createSignalbox } from 'signalbox';
import { appMeters, startAppSdk } from '../cases/app-sdk.js';
import { emitsInSpans } from '../cases/emits.js';
import { handWrittenLog } from '../cases/hand-written.js';
import { LOG_ONLY } from '../cases/signals.js';
import type { Case } from '../harness.js';
import { ratioRow } from './ratio-row.js';
import type { Row } from './row.js';

/** A function of the app's that does nothing. Handing it all that was emitted is part of the work. */
function emitsToSink(): Case {
  let [emitted, taken] = [0, 0];
  const box = createSignalbox({
    destinations: {
      sink: () => {
        taken++;
      },
    },
    routes: [{ signals: '*', to: 'sink' }],
  });
  const run = emitsInSpans(box, LOG_ONLY);
  return {
    name: 'emit → a sink',
    run: (times) => {
      run(times);
      emitted += times;
    },
    settle: async () => {
      do await new Promise(setImmediate);
      while (taken < emitted);
    },
  };
}

export const row: Row = ratioRow({
  id: 'log-sink',
  what: 'a signal to one sink that does nothing, against logger.emit',
  ours: true,
  prepare: () => {
    const sdk = startAppSdk({ meters: appMeters() });
    return { against: handWrittenLog(sdk), own: emitsToSink() };
  },
});
