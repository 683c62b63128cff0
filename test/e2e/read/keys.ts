import type { Attributes } from '../../support/otlp-model.js';

// Loki and Prometheus have underscores for dots, and text for everything. What each name stood for is in the contract
// (docs/wire.md) and in the example's own signals.
const TEXTS = [
  'messaging.system.name',
  'messaging.destination.name',
  'messaging.operation.name',
  'messaging.operation.type',
  'messaging.message.id',
  'error.type',
  'exception.type',
  'exception.message',
  'exception.stacktrace',
  'job.id',
  'job.type',
  'job.state',
  'job.outcome',
  'job.attempt.outcome',
  'job.abandon.reason',
  'job.reject.reason',
  'job.defer.reason',
  'queue.scope',
  'worker.id',
  'worker.state',
  'worker.stop.reason',
  'signalbox.destination',
  'signalbox.channel',
  'signalbox.outcome',
  'signalbox.drop.reason',
  'email.to',
  'email.subject',
  'email.template',
  'report.id',
  'report.type',
  'enduser.id',
  'data.source',
  'data.operation',
  'payment.card.holder',
  'payment.currency',
];
const NUMBERS = [
  'job.priority',
  'job.attempt.number',
  'job.attempts',
  'job.next_attempt.number',
  'job.max_attempts',
  'job.duration',
  'job.wait.duration',
  'job.turnaround.duration',
  'job.retry.delay',
  'job.delay',
  'queue.size',
  'queue.capacity',
  'queue.total_jobs',
  'queue.completed_jobs',
  'queue.failed_jobs',
  'queue.retries',
  'queue.delayed',
  'queue.active',
  'queue.success_rate',
  'queue.failure_rate',
  'queue.oldest_age',
  'worker.jobs',
  'worker.busy.duration',
  'worker.state.duration',
  'payment.amount',
];
const BOOLEANS = ['job.will_retry'];

interface Key {
  readonly key: string;
  readonly read: (text: string) => unknown;
}

const KEYS: ReadonlyMap<string, Key> = new Map([
  ...TEXTS.map((key) => entry(key, (text) => text)),
  ...NUMBERS.map((key) => entry(key, (text) => (text.trim() === '' ? text : Number(text)))),
  ...BOOLEANS.map((key) => entry(key, (text) => (/^(true|false)$/.test(text) ? text === 'true' : text))),
]);

function entry(key: string, read: Key['read']): [string, Key] {
  return [underscored(key), { key, read }];
}

/** The name that Loki and Prometheus make of an attribute's key or a metric's name. */
export function underscored(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '_');
}

/** Attributes as they were sent. A name that is in no contract stays as it is, and so differs from whatever it was. */
export function attributesFrom(labels: Iterable<readonly [string, string]>): Attributes {
  const attributes: Attributes = {};
  for (const [name, text] of labels) {
    const known = KEYS.get(name);
    attributes[known?.key ?? name] = known === undefined ? text : known.read(text);
  }
  return attributes;
}
