import type { Depth } from '../../jobs/index.js';
import { sharedLook } from '../common/shared-query.js';
import type { AskJobs } from './database.js';

/** What a task holds at one moment. */
export interface TaskMeasures {
  readonly depth: Depth;
  readonly oldestAgeMillis: number;
}

// A named queue is blocked while one of its jobs runs, of whatever task. No job is older than its row, whatever its run_at. If somebody moved it or
// brought it back by hand (which leaves its revision alone), it has waited since that at the earliest.
const sql = (view: string): string => `
with own as (
  select greatest(run_at, created_at, case when revision = 0 then updated_at end) as since,
    locked_at is not null as active, attempts < max_attempts as alive, run_at <= now() as due,
    queue_name is not null and queue_name in (
      select queue_name from ${view} where locked_at is not null and queue_name is not null
    ) as blocked
  from ${view} where task_identifier = $1
)
select
  count(*) filter (where active)::int as active,
  count(*) filter (where not active and alive and due and not blocked)::int as waiting,
  count(*) filter (where not active and alive and due and blocked)::int as blocked,
  count(*) filter (where not active and alive and not due)::int as delayed,
  coalesce(extract(epoch from now() - min(since) filter (where not active and alive and due and not blocked and since <= now())), 0)::float8 as age
from own`;

/** Looks at a task's jobs. */
export function measuresOf(ask: AskJobs, task: string): () => Promise<TaskMeasures> {
  return sharedLook(() => look(ask, task));
}

async function look(ask: AskJobs, task: string): Promise<TaskMeasures> {
  const [row] = await ask(sql, [task]);
  const count = (state: string): number => Number(row?.[state] ?? 0);
  return {
    depth: {
      waiting: count('waiting'),
      delayed: count('delayed'),
      active: count('active'),
      blocked: count('blocked'),
    },
    oldestAgeMillis: Number(row?.age ?? 0) * 1000,
  };
}
