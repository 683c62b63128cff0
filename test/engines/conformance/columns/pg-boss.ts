import type { Column } from '../column.js';

const RELEASES_BEFORE_12_4: Column['notes'] = {
  success:
    'before 12.38 no column carries a context: an attempt is a trace of its own, without a link to its enqueue, and so is a `settle` span',
  'retry then success':
    'before 12.35 a look at the row, just before pg-boss settles it, says whether this worker still had the job; with `retryBackoff` the delay that pg-boss draws is left out',
  timeout:
    'before 12.4 no signal says that the time is up: signalbox measures it beside pg-boss. The worker goes on with other jobs then, so that there is no JOB_OVERRUN',
  scheduled:
    'before 12.38 nobody hears what pg-boss sends by itself (a tick, `publish()`): it has no enqueue span and no JOB_QUEUED',
  bulk: 'pg-boss returns no ids of what was inserted: signalbox gives the jobs theirs, and reads from the table what became of them',
  baggage: 'before 12.38 no column carries a context: baggage ends with the enqueue',
  'shutdown while active':
    'before 12.4 `offWork()` waits for nobody: WORKER_STOPPED comes once the handlers that ran have ended',
};

/** pg-boss of other releases. */
export const OF_PG_BOSS: readonly Column[] = [
  {
    title: 'pg-boss 10',
    engine: 'pg-boss',
    line: 'pg-boss-10',
    form: 'in turn',
    notes: RELEASES_BEFORE_12_4,
    file: '/conformance/pg-boss-10.test.ts',
  },
  {
    title: 'pg-boss 11',
    engine: 'pg-boss',
    line: 'pg-boss-11',
    form: 'in turn',
    notes: RELEASES_BEFORE_12_4,
    file: '/conformance/pg-boss-11.test.ts',
  },
  {
    title: 'pg-boss 12.0',
    engine: 'pg-boss',
    line: 'pg-boss-12.0',
    notes: RELEASES_BEFORE_12_4,
    file: '/conformance/pg-boss-12.0.test.ts',
  },
];
