import type { Column } from '../column.js';

/** BullMQ in other forms, on its other backend, and of other releases. */
export const OF_BULLMQ: readonly Column[] = [
  {
    title: 'bullmq by class',
    engine: 'bullmq',
    form: 'class',
    file: '/conformance/bullmq-by-class.test.ts',
  },
  {
    title: 'bullmq by instrumentation',
    engine: 'bullmq',
    form: 'instrumentation',
    file: '/conformance/bullmq-by-instrumentation.test.ts',
  },
  {
    title: 'bullmq on PostgreSQL',
    engine: 'bullmq',
    form: 'in turn',
    file: '/conformance/bullmq-on-postgres.test.ts',
  },
  {
    title: 'bullmq 5.81',
    engine: 'bullmq',
    line: 'bullmq-5.81',
    form: 'in turn',
    file: '/conformance/bullmq-5.81.test.ts',
  },
  {
    title: 'bullmq 5.34',
    engine: 'bullmq',
    line: 'bullmq-5.34',
    form: 'in turn',
    cannot: { 'cancelled running': 'has `cancelJob()` from 5.64 on' },
    file: '/conformance/bullmq-5.34.test.ts',
  },
];
