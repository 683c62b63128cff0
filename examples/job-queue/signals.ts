import { defineSignal, field } from 'signalbox';

const job_id = field.id({ attribute: 'job.id' });

export const EMAIL_SENT = defineSignal('EMAIL_SENT', {
  message: 'Email sent successfully',
  fields: {
    job_id,
    to: field.text({ attribute: 'email.to', sensitive: true }),
    subject: field.text({ attribute: 'email.subject', sensitive: true }),
    template: field.string({ attribute: 'email.template' }),
  },
  metrics: [{ type: 'counter', name: 'email.sent', unit: '{email}', by: ['template'] }],
});

export const REPORT_GENERATED = defineSignal('REPORT_GENERATED', {
  message: 'Report generated successfully',
  fields: {
    job_id,
    report_id: field.id({ attribute: 'report.id' }),
    report_type: field.string({ attribute: 'report.type' }),
    user_id: field.id({ attribute: 'enduser.id', sensitive: true }),
  },
  metrics: [{ type: 'counter', name: 'report.generated', unit: '{report}', by: ['report_type'] }],
});

export const DATA_PROCESSED = defineSignal('DATA_PROCESSED', {
  message: 'Data processing completed',
  fields: {
    job_id,
    data_source: field.string({ attribute: 'data.source' }),
    operation: field.string({ attribute: 'data.operation' }),
  },
  metrics: [{ type: 'counter', name: 'data.processed', unit: '{batch}', by: ['operation'] }],
});

export const PAYMENT_PROCESSED = defineSignal('PAYMENT_PROCESSED', {
  message: 'Payment processed successfully',
  fields: {
    job_id,
    user: field.id({ attribute: 'enduser.id', sensitive: true }),
    card_holder: field.text({ attribute: 'payment.card.holder', sensitive: true }),
    currency: field.oneOf(['EUR', 'USD'], { attribute: 'payment.currency' }),
    amount: field.number({ attribute: 'payment.amount' }),
  },
  metrics: [
    { type: 'counter', name: 'payment.processed', unit: '{payment}', by: ['currency'] },
    {
      type: 'histogram',
      name: 'payment.amount',
      of: 'amount',
      // A currency is no unit of UCUM; it is the label.
      unit: '1',
      by: ['currency'],
      buckets: [1, 5, 10, 25, 50, 100, 250, 500],
    },
  ],
});
