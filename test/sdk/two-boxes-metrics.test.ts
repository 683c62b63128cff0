import { createSignalbox } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, expect, test } from 'vitest';
import { resetOtel } from '../support/otel.js';
import { EMAIL_SENT, PAYMENT, startSdk, stopSdks } from './app.js';
import { KeptMetrics } from './helpers.js';

afterEach(async () => {
  await stopSdks();
  resetOtel();
});

test('nodeSdk() - an instrument that the box of a library has too comes from both, and what a box gives the SDK itself is counted once', async () => {
  const metrics = new KeptMetrics(0);
  const box = createSignalbox({
    destinations: { all: exporters({ metrics }) },
    otherTelemetry: 'all',
    routes: [
      { signals: '*', to: 'all' },
      { signals: PAYMENT, to: 'otel' },
    ],
  });
  startSdk(box);
  const library = createSignalbox();
  box.emit(EMAIL_SENT, { template: 'welcome' });
  library.emit(EMAIL_SENT, { template: 'welcome' });
  box.emit(PAYMENT, { currency: 'EUR', took: 80 });
  await box.forceFlush();
  expect(metrics.total('email.sent', 'sum')).toEqual({
    'template=welcome': 1,
    'signalbox.box=2 template=welcome': 1,
  });
  expect(metrics.total('payment.processed', 'sum')).toEqual({ 'payment.currency=EUR': 1 });
});
