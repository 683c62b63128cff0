import type { Column } from '../column.js';

/** graphile-worker of other releases. */
export const OF_GRAPHILE_WORKER: readonly Column[] = [
  {
    title: 'graphile-worker 0.16',
    engine: 'graphile-worker',
    line: 'graphile-worker-0.16',
    cannot: { bulk: 'adds one job at a time: `addJobs` came with 0.17' },
    notes: {
      'thrown non-errors':
        'the engine completes a task that throws `undefined` or `null`, and signalbox emits JOB_COMPLETED: they are not compared',
    },
    file: '/conformance/graphile-worker-0.16.test.ts',
  },
  {
    title: 'graphile-worker 0.18',
    engine: 'graphile-worker',
    line: 'graphile-worker-0.18',
    file: '/conformance/graphile-worker-0.18.test.ts',
  },
];
