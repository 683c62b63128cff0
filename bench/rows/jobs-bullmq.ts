import { startRedis } from '../../test/engines/support/redis.js';
import { ALONE, bullmqCases, OBSERVED, OTEL } from '../engines/bullmq.js';
import { versus } from '../engines/versus.js';
import type { Row } from './row.js';

/** Jobs until the code of each case is compiled: after 1,700 the ratio is a fifth higher than after 15,000. */
const WARM_UP = 15_000;

export const row: Row = {
  id: 'jobs-bullmq',
  what: 'CPU of the app for a BullMQ job, enqueue to settled, vs bullmq-otel with spans and metrics, on one queue',
  unit: 'ratio',
  must: 1.1,
  aim: 0.9,
  needs: 'redis',
  measure: async (options) => {
    const redis = await startRedis();
    try {
      const cases = bullmqCases(redis.url).filter(({ name }) => [ALONE, OTEL, OBSERVED].includes(name));
      return await versus(cases, OBSERVED, OTEL, { ...options, warmUp: WARM_UP });
    } finally {
      await redis.stop();
    }
  },
};
