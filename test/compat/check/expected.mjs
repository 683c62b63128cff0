/** The table: what must stand in the exporters and the sink, whichever line, module formats, order and wiring. */
export function expectedFacts({ first, spanEvents }) {
  const early = first === 'box';
  return {
    returned: 'sent',
    spans,
    // What is emitted before the SDK starts is no log record, and counted.
    logs: early ? logs.slice(1) : logs,
    metrics,
    during,
    self: ['signalbox.items', 'signalbox.queue.capacity', 'signalbox.queue.size'],
    sink,
    agreement: {
      'everything but the span of the app has the scope of the package': true,
      'each log record of a span has its trace id': true,
      'each log record of a span is an event of it, with the same time, and what their span does not say': true,
      'each event lies within its span': true,
      'each emission has the trace id of its span': true,
      'messaging.process.duration is the duration of the attempt spans': true,
    },
    problems: early
      ? [
          'logs: 1 came before a provider was registered and are lost; start the SDK first, as with `node --import`',
        ]
      : [],
    stats: {
      otel: {
        logs: { ...NOTHING, handedOver: early ? 11 : 12, dropped: early ? { no_provider: 1 } : {} },
        spanEvents: { ...NOTHING, handedOver: spanEvents === 'bridge' ? 0 : 11 },
        metrics: { failed: 0, dropped: {} },
      },
      kept: { sink: { ...NOTHING, delivered: 12 } },
      refused: {},
      values: { wrongType: 0, undeclared: 0, unserializable: 0, truncated: 0, outOfRange: 0, withheld: 0 },
    },
    // One signal more was emitted after the SDK's own shutdown.
    shutdown: {
      complete: false,
      undelivered: { otel: { ...(early ? { no_provider: 1 } : {}), disabled: 1 } },
    },
  };
}

const NOTHING = { delivered: 0, handedOver: 0, dropped: {}, failed: 0, queued: 0 };
const SECONDS = '<seconds>';
const BUCKETS = '0.005 to 3600';
const LONG_BUCKETS = '0.005 to 86400';

const spanOf = (span, rest) => ({
  span,
  kind: 'CONSUMER',
  status: { code: 'UNSET' },
  parent: null,
  trace: 'checkout',
  links: [],
  ...rest,
});
const operation = (queue, name, type, id) => ({
  'messaging.system.name': 'signalbox',
  'messaging.destination.name': queue,
  'messaging.operation.name': name,
  'messaging.operation.type': type,
  'messaging.message.id': id,
  'job.id': id,
});
const WELCOME = { 'job.type': 'welcome', 'job.max_attempts': 3 };
const FULL = { 'error.type': 'EFULL' };

const spans = [
  spanOf('checkout', { kind: 'INTERNAL', attributes: {}, events: ['order.placed'] }),
  spanOf('enqueue welcome', {
    kind: 'PRODUCER',
    parent: 'checkout',
    attributes: { ...operation('mail', 'enqueue', 'send', 'm-1'), ...WELCOME },
    events: ['job.queued'],
  }),
  spanOf('enqueue reports', {
    kind: 'PRODUCER',
    parent: 'checkout',
    attributes: operation('reports', 'enqueue', 'send', 'r-1'),
    events: ['job.queued'],
  }),
  spanOf('process welcome #1', {
    status: { code: 'ERROR', message: 'mailbox is full' },
    parent: 'enqueue welcome',
    attributes: {
      ...operation('mail', 'process', 'process', 'm-1'),
      ...WELCOME,
      ...FULL,
      'job.attempt.number': 1,
      'worker.id': 'worker-1',
      'job.wait.duration': SECONDS,
      'job.attempt.outcome': 'failed',
      'job.retry.delay': 0.02,
    },
    events: ['job.started', 'job.failed', 'job.retrying'],
  }),
  spanOf('process welcome #2', {
    parent: 'enqueue welcome',
    links: [{ to: 'process welcome #1', 'link.reason': 'previous_attempt', 'job.attempt.number': 1 }],
    attributes: {
      ...operation('mail', 'process', 'process', 'm-1'),
      ...WELCOME,
      'job.attempt.number': 2,
      'worker.id': 'worker-1',
      'job.wait.duration': SECONDS,
      'job.attempt.outcome': 'completed',
      'job.outcome': 'completed',
      'job.turnaround.duration': SECONDS,
      'job.previous_attempt.span_id': 'process welcome #1',
    },
    events: ['job.started', 'email.sent', 'job.completed'],
  }),
  spanOf('process reports #1', {
    trace: 'process reports #1',
    links: [{ to: 'enqueue reports', 'link.reason': 'enqueued_by' }],
    attributes: {
      ...operation('reports', 'process', 'process', 'r-1'),
      'job.attempt.number': 1,
      'job.wait.duration': SECONDS,
      'job.attempt.outcome': 'completed',
      'job.outcome': 'completed',
      'job.turnaround.duration': SECONDS,
    },
    events: ['job.started', 'job.completed'],
  }),
];

const logOf = (event, body, span, attributes, severity = 'INFO 9') => ({
  event,
  severity,
  body,
  span,
  attributes,
});
const MAIL_JOB = { 'job.id': 'm-1', 'job.type': 'welcome', 'messaging.destination.name': 'mail' };
const REPORT_JOB = { 'job.id': 'r-1', 'messaging.destination.name': 'reports' };
const ON_WORKER = { ...MAIL_JOB, 'worker.id': 'worker-1' };
const STARTED = { 'job.wait.duration': SECONDS };
const COMPLETED = { 'job.duration': SECONDS, 'job.turnaround.duration': SECONDS };
const FIRST = { 'job.attempt.number': 1, 'job.max_attempts': 3 };
const SECOND = { 'job.attempt.number': 2, 'job.max_attempts': 3 };

const logs = [
  logOf('app.booted', 'app booted', null, {}),
  logOf('order.placed', 'Order placed', 'checkout', { 'order.id': 'o-1', 'order.amount': 12 }),
  logOf('job.queued', 'Job queued for processing', 'enqueue welcome', MAIL_JOB),
  logOf('job.queued', 'Job queued for processing', 'enqueue reports', REPORT_JOB),
  logOf('job.started', 'Job processing started', 'process welcome #1', {
    ...ON_WORKER,
    ...FIRST,
    ...STARTED,
  }),
  logOf(
    'job.failed',
    'Job processing failed',
    'process welcome #1',
    {
      ...ON_WORKER,
      ...FIRST,
      ...FULL,
      'job.duration': SECONDS,
      'job.will_retry': true,
      'exception.type': 'EFULL',
      'exception.message': 'mailbox is full',
      'exception.stacktrace': 'Error: mailbox is full',
    },
    'WARN 13',
  ),
  logOf(
    'job.retrying',
    'Job will be retried',
    'process welcome #1',
    { ...ON_WORKER, ...FIRST, ...FULL, 'job.next_attempt.number': 2, 'job.retry.delay': 0.02 },
    'WARN 13',
  ),
  logOf('job.started', 'Job processing started', 'process welcome #2', {
    ...ON_WORKER,
    ...SECOND,
    ...STARTED,
  }),
  logOf('email.sent', 'Email sent', 'process welcome #2', {
    'job.id': 'm-1',
    'email.template': 'welcome',
    'email.to': '[redacted]',
    'email.duration': 0.04,
  }),
  logOf('job.completed', 'Job processing completed', 'process welcome #2', {
    ...ON_WORKER,
    ...COMPLETED,
    'job.attempts': 2,
  }),
  logOf('job.started', 'Job processing started', 'process reports #1', {
    ...REPORT_JOB,
    ...STARTED,
    'job.attempt.number': 1,
  }),
  logOf('job.completed', 'Job processing completed', 'process reports #1', {
    ...REPORT_JOB,
    ...COMPLETED,
    'job.attempts': 1,
  }),
];

const sinkOf = (signal, span, rest) => ({ signal, severity: 'info', span, ...rest });
const sink = [
  sinkOf('APP_BOOTED', null),
  sinkOf('ORDER_PLACED', 'checkout'),
  sinkOf('JOB_QUEUED', 'enqueue welcome'),
  sinkOf('JOB_QUEUED', 'enqueue reports'),
  sinkOf('JOB_STARTED', 'process welcome #1'),
  sinkOf('JOB_FAILED', 'process welcome #1', { severity: 'warn' }),
  sinkOf('JOB_RETRYING', 'process welcome #1', { severity: 'warn' }),
  sinkOf('JOB_STARTED', 'process welcome #2'),
  sinkOf('EMAIL_SENT', 'process welcome #2', { to: '[redacted]' }),
  sinkOf('JOB_COMPLETED', 'process welcome #2'),
  sinkOf('JOB_STARTED', 'process reports #1'),
  sinkOf('JOB_COMPLETED', 'process reports #1'),
];

const MAIL_QUEUE = { 'messaging.system.name': 'signalbox', 'messaging.destination.name': 'mail' };
const MAIL = { ...MAIL_QUEUE, 'job.type': 'welcome' };
const REPORTS = { 'messaging.system.name': 'signalbox', 'messaging.destination.name': 'reports' };
const PROCESS = { 'messaging.operation.name': 'process', buckets: BUCKETS };
const DONE = { 'job.outcome': 'completed' };
const metricOf = (unit, ...points) => ({ unit, points });

const workers = (busy, idle) => ({
  'worker.count': metricOf(
    '{worker}',
    { ...MAIL_QUEUE, 'worker.state': 'busy', value: busy },
    { ...MAIL_QUEUE, 'worker.state': 'idle', value: idle },
  ),
  'worker.busy.time': metricOf('s', { ...MAIL_QUEUE, value: SECONDS }),
});
const ordered = { 'order.placed': metricOf('{order}', { value: 1 }) };
const enqueued = { 'job.enqueued': metricOf('{job}', { ...MAIL, value: 1 }, { ...REPORTS, value: 1 }) };
const retried = { 'job.retries': metricOf('{retry}', { ...MAIL, ...FULL, value: 1 }) };

/** At the end. */
const metrics = {
  'job.active': metricOf('{job}', { ...MAIL, value: 0 }, { ...REPORTS, value: 0 }),
  'job.oldest_active.age': metricOf('s', { ...MAIL, value: SECONDS }, { ...REPORTS, value: SECONDS }),
  ...workers(0, 1),
  ...ordered,
  ...enqueued,
  ...retried,
  'job.wait.duration': metricOf(
    's',
    { ...MAIL, count: 2, buckets: LONG_BUCKETS },
    { ...REPORTS, count: 1, buckets: LONG_BUCKETS },
  ),
  'messaging.process.duration': metricOf(
    's',
    { ...MAIL, ...PROCESS, ...FULL, count: 1 },
    { ...MAIL, ...PROCESS, count: 1 },
    { ...REPORTS, ...PROCESS, count: 1 },
  ),
  'job.ended': metricOf('{job}', { ...MAIL, ...DONE, value: 1 }, { ...REPORTS, ...DONE, value: 1 }),
  'job.turnaround.duration': metricOf(
    's',
    { ...MAIL, ...DONE, count: 1, buckets: LONG_BUCKETS },
    { ...REPORTS, ...DONE, count: 1, buckets: LONG_BUCKETS },
  ),
  'email.sent': metricOf('{email}', { 'email.template': 'welcome', value: 1 }),
  'email.duration': metricOf('s', { 'email.template': 'welcome', count: 1, buckets: BUCKETS }),
};

/** While the second mail attempt runs. */
const during = {
  'job.active': metricOf('{job}', { ...MAIL, value: 1 }),
  'job.oldest_active.age': metricOf('s', { ...MAIL, value: SECONDS }),
  ...workers(1, 0),
  ...ordered,
  ...enqueued,
  ...retried,
  'job.wait.duration': metricOf('s', { ...MAIL, count: 2, buckets: LONG_BUCKETS }),
  'messaging.process.duration': metricOf('s', { ...MAIL, ...PROCESS, ...FULL, count: 1 }),
};
