/** The table: what is run on which engine, and why not where not. It starts no engine. */
export type EngineName = 'memory' | 'bullmq' | 'pg-boss' | 'graphile-worker';

export const ENGINES: readonly EngineName[] = ['bullmq', 'pg-boss', 'graphile-worker', 'memory'];

export interface ScenarioCells {
  readonly name: string;
  /** Engines on which it can not be, and why. */
  readonly cannot?: Partial<Record<EngineName, string>>;
  /** What is not told, or told otherwise, on an engine on which it runs. */
  readonly notes?: Partial<Record<EngineName, string>>;
}

const ONE_PROCESS = 'lives in one process, and ends with it';

export const SCENARIOS = [
  { name: 'success' },
  {
    name: 'retry then success',
    notes: { 'pg-boss': 'with `retryBackoff` the delay is drawn in SQL, and read from there' },
  },
  { name: 'exhausted' },
  {
    name: 'thrown non-errors',
    notes: {
      bullmq:
        '`throw undefined` and `throw null` crash inside BullMQ, which leaves the job active: they are not compared',
    },
  },
  {
    name: 'timeout',
    cannot: {
      bullmq: 'has no time limit for a job',
      'graphile-worker': 'has no time limit for a job',
    },
  },
  { name: 'delayed' },
  {
    name: 'scheduled',
    cannot: { memory: 'has no schedules' },
    notes: {
      bullmq: 'a tick has no enqueue span and no JOB_QUEUED: it is added inside a worker',
      'graphile-worker': 'a tick has no enqueue span and no JOB_QUEUED: it is added by SQL',
      'pg-boss': 'each tick has an enqueue span and a trace of its own',
    },
  },
  { name: 'priority' },
  {
    name: 'bulk',
    cannot: { memory: 'takes one job at a time' },
    notes: { 'pg-boss': '`insert()` has one enqueue span for all of its jobs' },
  },
  {
    name: 'batch',
    cannot: {
      bullmq: 'hands one job to a handler (batches are in BullMQ Pro)',
      'graphile-worker': 'hands one job to a task (an array payload is one job)',
      memory: 'hands one job to a processor',
    },
    notes: { 'pg-boss': 'one span for all, with a link to the enqueue of each; one bad job retries all' },
  },
  { name: 'duplicate' },
  { name: 'cancelled waiting' },
  {
    name: 'cancelled running',
    cannot: { 'graphile-worker': 'refuses to complete, fail or move a job that is locked' },
    notes: {
      bullmq: '`cancelJob()` gives a failure, which is retried',
      'pg-boss': 'the handler does not hear of it: its attempt is lost when it returns',
    },
  },
  {
    name: 'lock lost',
    cannot: {
      'graphile-worker': 'looks at no lock when it completes a job: both workers complete it',
      memory: ONE_PROCESS,
    },
  },
  {
    name: 'killed worker',
    cannot: { memory: ONE_PROCESS },
    notes: {
      'pg-boss': 'JOB_STALLED comes when the next attempt begins',
      'graphile-worker':
        'the engine frees locks after four hours, or by `forceUnlockWorkers()`, which emits JOB_STALLED; otherwise the monitor emits it',
    },
  },
  {
    name: 'killed in the last attempt',
    cannot: { memory: ONE_PROCESS },
    notes: {
      'pg-boss': 'the engine has no event for it: the monitor finds the end, and emits no JOB_STALLED',
      'graphile-worker': 'the engine has no event for it: the monitor finds the stall and the end',
    },
  },
  { name: 'shutdown while active' },
  {
    name: 'forced close',
    notes: {
      'pg-boss': 'the attempt is failed (`error.type` shutdown) and retried',
      bullmq: 'the attempt is lost, and the job has no further signal until another worker has it',
      'graphile-worker': 'the attempt is lost, and the job has no further signal until another worker has it',
    },
  },
  { name: 'enqueue inside a job' },
  {
    name: 'rate limited',
    cannot: {
      'pg-boss': 'limits what is sent, not what runs: a refused `send()` is a duplicate',
      'graphile-worker': 'has no rate limits',
      memory: 'has no rate limits',
    },
  },
  { name: 'manual retry', cannot: { memory: 'forgets a job that has ended' } },
  { name: 'two worker processes', cannot: { memory: ONE_PROCESS } },
  { name: 'baggage' },
] as const satisfies readonly ScenarioCells[];

export type ScenarioName = (typeof SCENARIOS)[number]['name'];

const LISTED: readonly ScenarioCells[] = SCENARIOS;

export function cellsOf(name: string): ScenarioCells {
  const found = LISTED.find((scenario) => scenario.name === name);
  if (!found) throw new Error(`There is no scenario ${name}.`);
  return found;
}
