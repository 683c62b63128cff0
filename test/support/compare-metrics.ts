import type { Case } from './compare.js';
import { sameSeconds, secondsFrom } from './compare.js';
import type { LedgerJob } from './ledger-reader.js';
import { outcomeOf } from './ledger-reader.js';
import type { Attributes, Received, ReceivedLog, ReceivedSeries } from './otlp-model.js';

/** What must never be a label: there is one series for each. */
const NO_LABELS = ['job.id', 'messaging.message.id', 'worker.id', 'enduser.id', 'report.id'];

/** Every one of these says of which queue it is. */
const OF_A_QUEUE = /^(job|messaging|queue|worker)\./;

const UNITS: Readonly<Record<string, string>> = {
  'messaging.process.duration': 's',
  'job.wait.duration': 's',
  'job.turnaround.duration': 's',
  'job.enqueued': '{job}',
  'job.rejected': '{job}',
  'job.retries': '{retry}',
  'job.ended': '{job}',
  'job.active': '{job}',
  'queue.jobs': '{job}',
  'queue.capacity': '{job}',
  'queue.oldest.age': 's',
  'queue.monitor.up': '{monitor}',
  'worker.count': '{worker}',
  'worker.busy.time': 's',
  'email.sent': '{email}',
  'report.generated': '{report}',
  'data.processed': '{batch}',
  'payment.processed': '{payment}',
};

/** Counters and histograms equal what happened, label by label. */
export function compareMetrics(part: Case): void {
  compareLabels(part);
  compareTotals(part);
  for (const type of typesOf(part)) compareType(part, type);
  compareBusiness(part);
  const { received, claim } = part;
  const active = add(pick(received, 'job.active', {}), 'value');
  claim(active === 0, () => `job.active is ${active} at the end`);
  for (const [metric, unit] of Object.entries(UNITS)) {
    const found = new Set(pick(received, metric, {}).map((series) => series.unit));
    claim(
      found.size === 0 || (found.size === 1 && found.has(unit)),
      () => `${metric} has the unit ${[...found]}`,
    );
  }
}

function compareLabels(part: Case): void {
  const { ledger, received, options, claim } = part;
  const queues = new Set<unknown>([...typesOf(part)].map(options.engine.queue));
  // graphile's workers take jobs of any task: they are told with the schema's name.
  const isOfWorkers = (metric: string): boolean => metric.startsWith('worker.');
  const ids = new Set<unknown>(ledger.map(({ id }) => id));
  for (const { metric, attributes } of received.series) {
    for (const [key, value] of Object.entries(attributes)) {
      claim(!NO_LABELS.includes(key) && !ids.has(value), () => `${metric} has the label ${key}=${value}`);
    }
  }
  for (const { metric, attributes } of received.series.filter((one) => OF_A_QUEUE.test(one.metric))) {
    const isOurs =
      attributes['messaging.system.name'] === options.engine.system &&
      (isOfWorkers(metric) || queues.has(attributes['messaging.destination.name']));
    claim(isOurs, () => `${metric} has no queue in ${JSON.stringify(attributes)}`);
  }
}

/** The totals that the ledger alone tells: they hold also where spans and log records were lost. */
export function compareTotals(part: Case): void {
  for (const type of typesOf(part)) {
    const jobs = part.ledger.filter((job) => job.type === type);
    const counter = counterOf(part, labelsOf(part, type));
    counter('job.enqueued', {}, jobs.filter(({ accepted }) => accepted !== undefined).length);
    counter('job.rejected', {}, jobs.filter(({ rejected }) => rejected !== undefined).length);
    for (const [reason, n] of tally(jobs, ({ rejected }) => rejected?.reason))
      counter('job.rejected', { 'job.reject.reason': reason }, n);
    counter('job.ended', {}, jobs.filter(({ accepted }) => accepted !== undefined).length);
    for (const [outcome, n] of tally(jobs, outcomeName)) counter('job.ended', { 'job.outcome': outcome }, n);
    const abandonReason = (job: LedgerJob): string | undefined =>
      reasonOf(job, part.options.engine.withdrawn);
    for (const [reason, n] of tally(jobs, abandonReason))
      counter('job.ended', { 'job.abandon.reason': reason }, n);
  }
  counterOf(part, {})('job.stalled', {}, 0);
  for (const { metric, type } of BUSINESS) counterOf(part, {})(metric, {}, returned(part, type));
}

function counterOf({ received, claim }: Case, of: Attributes) {
  return (metric: string, labels: Attributes, wanted: number): void => {
    const found = add(pick(received, metric, { ...of, ...labels }), 'value');
    const about = [metric, show({ ...of, ...labels })].filter(Boolean).join(' of ');
    claim(found === wanted, () => `${about} is ${found}, not ${wanted}`);
  };
}

function compareType(part: Case, type: string): void {
  const { received, claim } = part;
  const of = labelsOf(part, type);
  const isOfType = ({ attributes }: { attributes: Attributes }): boolean =>
    Object.entries(of).every(([key, value]) => attributes[key] === value);
  const counter = counterOf(part, of);
  const histogram = (metric: string, labels: Attributes, values: readonly number[]): void => {
    const series = pick(received, metric, { ...of, ...labels });
    const [count, sum] = [add(series, 'count'), add(series, 'sum')];
    const total = values.reduce((a, b) => a + b, 0);
    const about = `${metric} of ${show({ ...of, ...labels })}`;
    claim(count === values.length, () => `${about} has the count ${count}, not ${values.length}`);
    claim(sameSeconds(sum, total, values.length + 1), () => `${about} has the sum ${sum}, not ${total}`);
  };

  const told = received.logs;
  const retries = told.filter((log) => log.eventName === 'job.retrying' && isOfType(log));
  counter('job.retries', {}, retries.length);
  for (const [error, n] of tally(retries, (log) => text(log.attributes['error.type'])))
    counter('job.retries', { 'error.type': error }, n);

  const attempts = received.spans.filter((span) => isAttempt(span) && isOfType(span));
  const seconds = (spans: typeof attempts): number[] =>
    spans.map(({ start, end }) => secondsFrom(start, end));
  histogram('messaging.process.duration', { 'messaging.operation.name': 'process' }, seconds(attempts));
  for (const error of new Set(attempts.map((span) => span.attributes['error.type']))) {
    const some = attempts.filter((span) => span.attributes['error.type'] === error);
    histogram('messaging.process.duration', { 'error.type': error }, seconds(some));
  }
  histogram(
    'job.wait.duration',
    {},
    attempts.map((span) => Number(span.attributes['job.wait.duration'])),
  );
  for (const outcome of ['completed', 'abandoned']) {
    const ends = told.filter((log) => log.eventName === `job.${outcome}` && isOfType(log));
    histogram('job.turnaround.duration', { 'job.outcome': outcome }, ends.map(turnaroundOf));
  }
}

function turnaroundOf({ attributes }: ReceivedLog): number {
  return Number(attributes['job.turnaround.duration']);
}

const BUSINESS = [
  { metric: 'email.sent', type: 'email', label: 'email.template' },
  { metric: 'report.generated', type: 'report', label: 'report.type' },
  { metric: 'data.processed', type: 'data_processing', label: 'data.operation' },
  { metric: 'payment.processed', type: 'payment', label: 'payment.currency' },
] as const;

/** The signals that the handlers give: one for each attempt that returned. */
function compareBusiness(part: Case): void {
  const { received, claim } = part;
  const told = received.logs;
  for (const { metric, type, label } of BUSINESS) {
    const logs = told.filter(({ eventName }) => eventName === metric);
    const wanted = returned(part, type);
    claim(logs.length === wanted, () => `there are ${logs.length} records ${metric}, not ${wanted}`);
    for (const [value, n] of tally(logs, (log) => text(log.attributes[label]))) {
      const found = add(pick(received, metric, { [label]: value }), 'value');
      claim(found === n, () => `${metric} of ${label}=${value} is ${found}, not ${n}`);
    }
  }
  const payments = told.filter(({ eventName }) => eventName === 'payment.processed');
  const currencies = new Set(payments.map((log) => log.attributes['payment.currency']));
  compareAmounts(part, {}, payments);
  for (const currency of currencies) {
    const of = { 'payment.currency': currency };
    const some = payments.filter((log) => log.attributes['payment.currency'] === currency);
    compareAmounts(part, of, some);
  }
}

function compareAmounts({ received, claim }: Case, of: Attributes, payments: readonly ReceivedLog[]): void {
  const series = pick(received, 'payment.amount', of);
  const [count, sum] = [add(series, 'count'), add(series, 'sum')];
  const amounts = payments.reduce((total, log) => total + Number(log.attributes['payment.amount']), 0);
  const about = ['payment.amount', show(of)].filter(Boolean).join(' of ');
  claim(count === payments.length, () => `${about} has the count ${count}, not ${payments.length}`);
  claim(Math.abs(sum - amounts) < 0.01, () => `${about} has the sum ${sum}, not ${amounts}`);
}

function returned({ ledger }: Case, type: string): number {
  const attempts = ledger.filter((job) => job.type === type).flatMap((job) => job.attempts);
  return attempts.filter(({ end }) => end?.fact === 'returned').length;
}

function typesOf({ ledger }: Case): Set<string> {
  return new Set(ledger.map(({ type }) => type));
}

function isAttempt({ attributes }: { attributes: Attributes }): boolean {
  return attributes['messaging.operation.name'] === 'process';
}

function outcomeName(job: LedgerJob): string | undefined {
  return job.accepted === undefined ? undefined : outcomeOf(job).kind;
}

function reasonOf(job: LedgerJob, withdrawn: string): string | undefined {
  const outcome = job.accepted === undefined ? undefined : outcomeOf(job, withdrawn);
  return outcome?.kind === 'abandoned' ? outcome.reason : undefined;
}

/** The labels by which the jobs of a type are told: the type, or the queue where each type has its own. */
function labelsOf({ options: { engine } }: Case, type: string): Attributes {
  return engine.typed ? { 'job.type': type } : { 'messaging.destination.name': engine.queue(type) };
}

/** The series of a metric that have these labels; `undefined` asks for those without one. */
function pick({ series }: Received, metric: string, labels: Attributes): ReceivedSeries[] {
  const wanted = Object.entries(labels);
  return series.filter(
    (one) => one.metric === metric && wanted.every(([key, value]) => one.attributes[key] === value),
  );
}

function add(series: readonly ReceivedSeries[], what: 'value' | 'count' | 'sum'): number {
  return series.reduce((total, one) => total + one[what], 0);
}

function tally<T>(items: readonly T[], nameOf: (item: T) => string | undefined): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const name = nameOf(item);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function text(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}

function show(labels: Attributes): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}
