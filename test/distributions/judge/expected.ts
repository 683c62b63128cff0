// What signalbox tells of the scenario in scenario/scenario.cjs.

/** Its signals, with the bodies of their records. */
export const SIGNALS: readonly (readonly [event: string, body: string])[] = [
  ['order.placed', 'Order placed'],
  ['payment.captured', 'Payment captured'],
  ['job.queued', 'Job queued for processing'],
  ['worker.started', 'Worker started'],
  ['worker.busy', 'Worker busy'],
  ['job.started', 'Job processing started'],
  ['mail.bounced', 'Mail bounced'],
  ['job.failed', 'Job processing failed'],
  ['job.retrying', 'Job will be retried'],
  ['job.started', 'Job processing started'],
  ['mail.sent', 'Mail sent'],
  ['job.completed', 'Job processing completed'],
  ['worker.idle', 'Worker idle'],
  ['worker.stopped', 'Worker stopped'],
];

export const OUR_BODIES: ReadonlySet<string> = new Set(SIGNALS.map(([, body]) => body));

/** Happens on no span. */
export const isOfWorker = (event: string): boolean => event.startsWith('worker.');

/** The events of the spans on which signals happen. */
export const SPAN_EVENTS: Readonly<Record<string, readonly string[]>> = {
  checkout: ['order.placed', 'payment.captured'],
  enqueue: ['job.queued'],
  'attempt 1': ['job.started', 'mail.bounced', 'job.failed', 'job.retrying'],
  'attempt 2': ['job.started', 'mail.sent', 'job.completed'],
};

export const OUR_EVENTS: ReadonlySet<string> = new Set(Object.values(SPAN_EVENTS).flat());

/** The spans of an order, each with its parent: those of the app, and in between those of signalbox. */
export const FAMILY: readonly (readonly [span: string, parent: string | undefined])[] = [
  ['checkout', undefined],
  ['enqueue', 'checkout'],
  ['attempt 1', 'enqueue'],
  ['attempt 2', 'enqueue'],
  ['send mail', 'attempt 1'],
  ['send mail', 'attempt 2'],
];

/** Metrics with what they have counted in the end, over all their series; `undefined`: whatever it is. */
export const METRICS: Readonly<Record<string, number | undefined>> = {
  'job.enqueued': 1,
  'job.retries': 1,
  'job.ended': 1,
  'messaging.process.duration': 2,
  'payment.captured': 1,
  'payment.amount': 1,
  // Observed when metrics are collected.
  'worker.busy.time': undefined,
  'signalbox.items': undefined,
};

const OUR_METRICS = /^(signalbox|job|worker|queue|payment)\.|^messaging\.process\.duration$/;

export const isOurMetric = (name: string): boolean => OUR_METRICS.test(name);
