// What an app does that has OpenTelemetry: a span, a record and a counter of its own, a job that fails once, and requests over HTTP.
// Observed by signalbox where it is asked for; all else is the same then.
const http = require('node:http');
const { once } = require('node:events');
const { writeFileSync } = require('node:fs');
const api = require('@opentelemetry/api');
const { JobQueue } = require('./queue.cjs');

function logsOf() {
  if (api.logs) return api.logs;
  try {
    return require('@opentelemetry/api-logs').logs;
  } catch {
    // This distribution has no logs of OpenTelemetry, nor has its app.
    return undefined;
  }
}

function observe() {
  const { createSignalbox, defineSignal, field } = require('signalbox');
  const { createJobs } = require('signalbox/jobs');
  const order = field.id({ attribute: 'order.id' });
  const fields = { order };
  const signals = {
    ORDER_PLACED: defineSignal('ORDER_PLACED', { fields, message: 'Order placed' }),
    PAYMENT_CAPTURED: defineSignal('PAYMENT_CAPTURED', {
      message: 'Payment captured',
      fields: { order, amount: field.number({ attribute: 'payment.amount' }) },
      metrics: [
        { type: 'counter', name: 'payment.captured', unit: '{payment}' },
        { type: 'histogram', name: 'payment.amount', of: 'amount', unit: '{EUR}' },
      ],
    }),
    MAIL_BOUNCED: defineSignal('MAIL_BOUNCED', { fields, severity: 'warn', message: 'Mail bounced' }),
    MAIL_SENT: defineSignal('MAIL_SENT', { fields, message: 'Mail sent' }),
  };
  const box = createSignalbox();
  return { box, signals, telemetry: createJobs(box).queue('mail', { types: ['receipt'] }) };
}

async function get(port) {
  const request = http.get({ host: '127.0.0.1', port, path: '/mail-server' });
  const [response] = await once(request, 'response');
  for await (const _ of response);
}

// As an app does whose process ends: what its providers still hold has to leave.
async function flush() {
  const providers = [
    api.trace.getTracerProvider(),
    logsOf()?.getLoggerProvider(),
    api.metrics.getMeterProvider(),
  ];
  for (const provider of providers) {
    try {
      await (provider?.getDelegate?.() ?? provider)?.forceFlush?.();
    } catch (error) {
      console.error('not flushed:', error);
    }
  }
}

/** Plays the scenario once, to the end of the box. */
exports.play = async ({ observed = process.env.DISTRIBUTION_OBSERVED === 'yes' } = {}) => {
  const { box, signals, telemetry } = observed ? observe() : {};
  const emit = (name, values) => box?.emit(signals[name], values);
  const tracer = api.trace.getTracer('shop');
  const logger = logsOf()?.getLogger('shop');
  const queue = new JobQueue(telemetry);
  const server = http.createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();

  // Some distributions need more around an app's work than a span; their set-ups say so.
  const around = globalThis.aroundWork ?? ((work) => work());
  await around(() =>
    tracer.startActiveSpan('checkout', { attributes: { 'order.items': 3 } }, async (span) => {
      span.addEvent('stock reserved');
      logger?.emit({
        severityNumber: 9,
        severityText: 'INFO',
        body: 'checkout begins',
        attributes: { items: 3 },
      });
      api.metrics.getMeter('shop').createCounter('shop.orders').add(1, { channel: 'web' });
      emit('ORDER_PLACED', { order: 'o-1' });
      emit('PAYMENT_CAPTURED', { order: 'o-1', amount: 12 });
      queue.add({ id: 'o-1', type: 'receipt', maxAttempts: 3 });
      span.end();
    }),
  );
  await queue.drain(async (job, number) => {
    await around(() =>
      tracer.startActiveSpan('send mail', async (span) => {
        await get(port);
        span.end();
      }),
    );
    emit(number === 1 ? 'MAIL_BOUNCED' : 'MAIL_SENT', { order: job.id });
    if (number === 1) throw new Error('mailbox is full');
  });
  server.close();
  server.closeAllConnections();
  await flush();
  // Of a distribution that can not be flushed, the set-up's own file waits here for what leaves by itself.
  await globalThis.untilTelemetryLeft?.();
  if (!box) return;
  const { problems } = box.describe();
  writeFileSync(process.env.DISTRIBUTION_FACTS, JSON.stringify({ problems }));
  await box.shutdown();
};
