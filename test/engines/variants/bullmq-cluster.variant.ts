import { bullmqOn } from '../conformance/drivers/bullmq.js';
import { clusterAddress } from '../conformance/drivers/bullmq-store.js';
import { testCells } from '../conformance/engine-tests.js';
import { VARIANTS } from './columns.js';
import { startRedisCluster } from './redis-cluster.js';

testCells(
  VARIANTS.bullmqCluster,
  bullmqOn(async () => {
    const { url, stop } = await startRedisCluster();
    return { address: clusterAddress(url), stop };
  }),
);
