import { createSignalbox } from 'signalbox';
import { exporterDestination } from '../cases/emits.js';
import { LOG_ONLY, values } from '../cases/signals.js';
import { curveRow, rise } from './curve-row.js';
import type { Row } from './row.js';

export const row: Row = curveRow({
  id: 'growth-routes',
  what: 'an emit, with 1 to 1,000 routes of which one takes it: the dearest by the first',
  of: 'routes',
  must: 1.5,
  ours: true,
  points: [1, 10, 100, 1_000],
  figure: rise,
  at: (count) => {
    const { counting, destination } = exporterDestination();
    const others = Array.from({ length: count - 1 }, (_, i) => ({
      signals: `OTHER_${i}_*`,
      to: 'own' as const,
    }));
    const box = createSignalbox({
      destinations: { own: destination },
      otherTelemetry: 'own',
      routes: [...others, { signals: 'JOB_*', to: 'own' }],
    });
    let emitted = 0;
    return {
      name: `${count} routes`,
      run: (times) => {
        for (let i = 0; i < times; i++) box.emit(LOG_ONLY, values(i));
        emitted += times;
      },
      settle: () => counting.taken(emitted),
    };
  },
});
