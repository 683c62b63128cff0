import { wrapped } from './wrap.js';

/** One flag of the example: how it is parsed, and what `--help` says of it. */
export interface Flag {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** What its value is called in `--help`. */
  readonly value?: string;
  readonly help: string;
}

/** Every flag, in the order of `--help`. */
export const FLAGS = {
  jobs: { type: 'string', value: 'N', help: 'jobs offered to the queue (default 36)' },
  seed: { type: 'string', value: 'N', help: 'what the run draws its jobs from (default 1)' },
  engine: {
    type: 'string',
    value: 'NAME',
    help: 'what runs the jobs: memory, bullmq (REDIS_URL or a redis-server of this machine), pg-boss (embedded) or graphile-worker (POSTGRES_URL or embedded) (default memory)',
  },
  apart: {
    type: 'boolean',
    help: 'the workers in a process of their own, as the service job-queue-worker; not with --engine memory; pg-boss is on PostgreSQL then (POSTGRES_URL or embedded)',
  },
  workers: { type: 'string', value: 'N', help: 'workers; 0 is allowed: then nothing runs (default 3)' },
  capacity: { type: 'string', value: 'N', help: 'jobs that may wait, at most (default 10)' },
  speed: {
    type: 'string',
    value: 'X',
    help: 'divides simulated work, pauses, backoff and health intervals (default 1)',
  },
  timeout: {
    type: 'string',
    value: 'MS',
    help: 'time limit of one attempt in real milliseconds, not scaled (default: none; 1000 with --hang)',
  },
  fail: {
    type: 'string',
    multiple: true,
    value: 'TYPE=RATE',
    help: 'share of failing attempts of a type, 0 to 1; repeatable (email 0.10, report 0.05, data_processing 0.08, payment 0.05)',
  },
  hang: {
    type: 'string',
    value: 'RATE',
    help: 'share of attempts that hang until their time limit, 0 to 1 (default 0)',
  },
  forever: { type: 'boolean', help: 'goes on until Ctrl-C' },
  relation: {
    type: 'string',
    value: 'KIND',
    help: "an attempt's span and its enqueue span: parent, link or none (default parent)",
  },
  otlp: {
    type: 'string',
    value: 'URL',
    help: 'sends logs, spans and metrics there by OTLP/HTTP JSON (default: $OTEL_EXPORTER_OTLP_ENDPOINT, else a collector on this machine if one answers)',
  },
  otlp2: { type: 'string', value: 'URL', help: 'a second endpoint: the signals of --route2 go there too' },
  route2: {
    type: 'string',
    value: 'PATTERN',
    help: "which signals go to --otlp2, as in 'PAYMENT_*' (default '*')",
  },
  view: {
    type: 'boolean',
    help: 'starts the Aspire dashboard as a viewer (downloads 151 MB the first time)',
  },
  format: {
    type: 'string',
    value: 'KIND',
    help: 'pretty or json; under json stdout has JSON lines alone (default pretty)',
  },
  audit: {
    type: 'string',
    value: 'FILE',
    help: 'the audit trail (default: a new file under the temp folder)',
  },
  ledger: { type: 'string', value: 'FILE', help: 'writes what really happened, one JSON object a line' },
  stats: {
    type: 'string',
    value: 'FILE',
    help: 'writes box.stats() as JSON after the shutdown; with --apart the sums, and each by its service',
  },
  verbose: {
    type: 'boolean',
    help: 'shows every line on a terminal; without it those of three jobs, and warnings (elsewhere every line is shown)',
  },
  help: { type: 'boolean', help: 'prints this' },
} as const satisfies Readonly<Record<string, Flag>>;

const WIDTH = 96;
const COLUMN = 20;
const ABOUT =
  'Plays a job queue of emails, reports, data and payments, with its telemetry. Ctrl-C stops it gracefully, a second Ctrl-C at once.';

/** What `--help` prints, for a terminal of so many columns. */
export function usage(columns = WIDTH): string {
  const width = Math.min(columns, WIDTH);
  const rows = Object.entries<Flag>(FLAGS).flatMap(([name, flag]) => {
    const left = `  --${name}${flag.value === undefined ? '' : ` ${flag.value}`}`;
    const [first = '', ...rest] = wrapped(flag.help, width - COLUMN - 2, 0);
    return [`${left.padEnd(COLUMN)}  ${first}`, ...rest.map((line) => ' '.repeat(COLUMN + 2) + line)];
  });
  return ['npm run example -- [flags]', '', ...wrapped(ABOUT, width, 0), '', ...rows, ''].join('\n');
}
