import type { Signal } from 'signalbox';
import { createSignalbox, defineSignal } from 'signalbox';
import { exporterDestination } from '../cases/emits.js';
import type { Values } from '../cases/signals.js';
import { common, values } from '../cases/signals.js';
import { curveRow, rise } from './curve-row.js';
import type { Row } from './row.js';

export const row: Row = curveRow({
  id: 'growth-signals',
  what: 'an emit, with 10 to 10,000 signals emitted in turn: the dearest by the first',
  of: 'signals',
  must: 1.5,
  ours: true,
  points: [10, 100, 1_000, 10_000],
  figure: rise,
  at: (count) => {
    const { counting, destination } = exporterDestination();
    const box = createSignalbox({ destinations: { own: destination }, otherTelemetry: 'own' });
    const signals = Array.from(
      { length: count },
      (_, i) =>
        defineSignal(`GROWTH_${count}_${i}`, { message: 'Job noted', fields: common }) as Signal<Values>,
    );
    let emitted = 0;
    const run = (times: number): void => {
      for (let i = 0; i < times; i++) box.emit(signals[emitted++ % count] as Signal<Values>, values(i));
    };
    // What a signal's first emit makes once is made before the first round.
    run(2 * count);
    return { name: `${count} signals`, run, settle: () => counting.taken(emitted) };
  },
});
