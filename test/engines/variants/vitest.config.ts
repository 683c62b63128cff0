// The scenarios of test/engines/conformance in other settings of the engines. They are run by hand, and are no part of `npm run test:engines`:
//
//   npx vitest run --config test/engines/variants/vitest.config.ts                    all of them, some ten minutes
//   npx vitest run --config test/engines/variants/vitest.config.ts pgbouncer          those of one setting
//   npx vitest run --config test/engines/variants/vitest.config.ts cluster -t delayed one cell
//
// bullmq-cluster               BullMQ on three redis-servers that are one cluster; its keys begin with {bull}
//                              needs redis-server and redis-cli (Debian: apt-get install redis-server)
// pg-boss-pgbouncer            all of pg-boss through PgBouncer, which pools by transactions
// graphile-worker-pgbouncer    what adds and changes jobs, and the monitor, through PgBouncer, which pools by transactions; what runs them
//                              through one that pools by sessions: it listens, and prepares statements
//                              both need pgbouncer (Debian: apt-get install pgbouncer), or its path in PGBOUNCER
//
// They start their own servers, on free ports of loopback and in temporary folders, and end them. The last line counts the cells.
import { mergeConfig } from 'vitest/config';
import { CellCount } from '../conformance/cell-count.js';
import engines from '../vitest.config.js';
import { VARIANTS } from './columns.js';

export default mergeConfig(
  { ...engines, test: { ...engines.test, include: [], reporters: [] } },
  {
    test: {
      include: ['test/engines/variants/*.variant.ts'],
      reporters: ['default', new CellCount(Object.values(VARIANTS))],
    },
  },
);
