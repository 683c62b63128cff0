import { bound, createSignalbox, field } from 'signalbox';
import { appMeters, startAppSdk } from '../cases/app-sdk.js';
import { exporterDestination } from '../cases/emits.js';
import { FULL, inSpans, values } from '../cases/signals.js';
import type { Cases } from './ratio-row.js';
import { ratioRow } from './ratio-row.js';
import type { Row } from './row.js';

const REQUEST = bound({
  tenant: field.string({ attribute: 'tenant.id' }),
  request_id: field.id({ attribute: 'request.id', sensitive: true }),
});

/** Two cases of one box each, whose loops are written out: a shared one would make their calls polymorphic, as they are in no app. */
function cases(): Cases {
  startAppSdk({ meters: appMeters() });
  const plain = exporterDestination();
  const withFields = exporterDestination();
  const routes = [{ signals: '*', to: ['d'] as const }];
  const box = createSignalbox({ destinations: { d: plain.destination }, otherTelemetry: 'd', routes });
  const other = createSignalbox({ destinations: { d: withFields.destination }, otherTelemetry: 'd', routes });
  const log = other.with(REQUEST, { tenant: 'acme', request_id: 'r-2f9c1d' });
  let emitted = 0;
  let emittedBound = 0;
  return {
    against: {
      name: 'emit',
      run: (times) => {
        inSpans(times, (i) => box.emit(FULL, values(i)));
        emitted += times;
      },
      settle: () => plain.counting.taken(emitted),
      rest: () => box.forceFlush(),
    },
    own: {
      name: 'emit through box.with',
      run: (times) => {
        inSpans(times, (i) => log.emit(FULL, values(i)));
        emittedBound += times;
      },
      settle: () => withFields.counting.taken(emittedBound),
      rest: () => other.forceFlush(),
    },
  };
}

export const row: Row = ratioRow({
  id: 'bound',
  what: 'an emit through box.with of two fields, against the same emit without',
  must: 1.05,
  ours: true,
  prepare: cases,
});
