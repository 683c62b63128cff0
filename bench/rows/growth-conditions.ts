import type { When } from 'signalbox';
import { createSignalbox, when } from 'signalbox';
import { exporterDestination } from '../cases/emits.js';
import { LOG_ONLY, values } from '../cases/signals.js';
import { curveRow, slope } from './curve-row.js';
import type { Row } from './row.js';

const POINTS = [1, 10, 100];

/** Of several kinds, as an app has them: none holds. */
const CONDITIONS: readonly ((bound: number) => When)[] = [
  (bound) => when(LOG_ONLY, (v) => v.took > 10_000 + bound),
  (bound) => when(LOG_ONLY, (v) => v.attempt === 100 + bound),
  (bound) => when(LOG_ONLY, (v) => v.type === 'email' && v.attempt > bound + 10),
  (bound) => when(LOG_ONLY, (v) => v.outcome === 'failed' && v.took < -bound),
  (bound) => when(LOG_ONLY, (v) => v.job_id.length > 100 + bound),
];

export const row: Row = curveRow({
  id: 'growth-conditions',
  what: 'an emit, with routes under 1 to 100 conditions: nanoseconds a condition',
  of: 'conditions',
  unit: 'ns',
  must: 30,
  ours: true,
  points: POINTS,
  figure: (costs) => slope(costs, POINTS, 0, 2),
  at: (count) => {
    const { counting, destination } = exporterDestination();
    const box = createSignalbox({
      destinations: { own: destination, alerts: () => {} },
      otherTelemetry: 'own',
      routes: [
        { signals: '*', to: 'own' },
        ...Array.from({ length: count }, (_, i) => ({
          signals: (CONDITIONS[i % CONDITIONS.length] as (bound: number) => When)(i),
          to: 'alerts' as const,
        })),
      ],
    });
    let emitted = 0;
    return {
      name: `${count} conditions`,
      run: (times) => {
        for (let i = 0; i < times; i++) box.emit(LOG_ONLY, values(i));
        emitted += times;
      },
      settle: () => counting.taken(emitted),
    };
  },
});
