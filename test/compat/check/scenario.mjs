/** The app that every cell of the table runs: its box, its signals, its jobs. */
export function createApp(library, spanEvents) {
  const { createJobs, createSignalbox, defineSignal, field, sink } = library;
  const APP_BOOTED = defineSignal('APP_BOOTED');
  const EMAIL_SENT = defineSignal('EMAIL_SENT', {
    message: 'Email sent',
    fields: {
      job_id: field.id({ attribute: 'job.id' }),
      template: field.string({ attribute: 'email.template' }),
      to: field.text({ attribute: 'email.to', sensitive: true }),
      took: field.duration({ attribute: 'email.duration' }),
    },
    metrics: [
      { type: 'counter', name: 'email.sent', unit: '{email}', by: ['template'] },
      { type: 'histogram', name: 'email.duration', of: 'took', unit: 's', by: ['template'] },
    ],
  });
  const ORDER_PLACED = defineSignal('ORDER_PLACED', {
    message: 'Order placed',
    fields: {
      order_id: field.id({ attribute: 'order.id' }),
      amount: field.number({ attribute: 'order.amount' }),
    },
    metrics: [{ type: 'counter', name: 'order.placed', unit: '{order}' }],
  });

  const emissions = [];
  const box = createSignalbox({
    destinations: { kept: sink((emission) => void emissions.push(emission)) },
    routes: [{ signals: '*', to: ['otel', 'kept'], except: ['WORKER_*'] }],
    spanEvents,
  });
  const jobs = createJobs(box);
  const mail = jobs.queue('mail', { types: ['welcome'] });
  const reports = jobs.queue('reports', { relation: 'link' });
  return {
    box,
    emissions,
    mail,
    reports,
    worker: mail.worker('worker-1'),
    APP_BOOTED,
    EMAIL_SENT,
    ORDER_PLACED,
  };
}

/** An order is placed: a mail job whose first attempt fails, and a report job in a trace of its own. */
export async function placeOrder(app, tracer, api, duringAttempt) {
  const { box, mail, reports, worker } = app;
  const span = tracer.startSpan('checkout');
  const stored = api.context.with(api.trace.setSpan(api.context.active(), span), () => {
    box.emit(app.ORDER_PLACED, { order_id: 'o-1', amount: 12 });
    return [put(mail, { id: 'm-1', type: 'welcome', maxAttempts: 3 }), put(reports, { id: 'r-1' })];
  });
  span.end();
  const [welcome, report] = stored.map((job) => JSON.parse(job));

  const failure = Object.assign(new Error('mailbox is full'), { code: 'EFULL' });
  const retry = () => ({ retry: true, delayMillis: 20 });
  const fail = async () => {
    await Promise.resolve();
    throw failure;
  };
  await mail.process({ ...welcome, number: 1, worker }, fail, retry).catch((error) => {
    if (error !== failure) throw error;
  });
  const send = async () => {
    await duringAttempt();
    box.emit(app.EMAIL_SENT, { job_id: 'm-1', template: 'welcome', to: 'user@example.com', took: 40 });
    return 'sent';
  };
  const second = {
    ...welcome,
    number: 2,
    worker,
    runnableAt: mail.now(),
    firstRunnableAt: welcome.runnableAt,
  };
  const returned = await mail.process(second, send, retry);
  await reports.process({ ...report, number: 1 }, async () => {}, retry);
  return returned;
}

/** What a queue's store keeps of a job. */
function put(queue, job) {
  const enqueue = queue.enqueue(job);
  const stored = JSON.stringify({ job, carrier: enqueue.carrier, runnableAt: queue.now() });
  enqueue.accepted();
  return stored;
}
