import { defineSignal, field } from 'signalbox';

export const PAID = defineSignal('PAID', {
  fields: {
    job_id: field.id({ attribute: 'job.id' }),
    currency: field.oneOf(['EUR', 'USD'], { attribute: 'payment.currency' }),
    amount: field.number(),
    took: field.duration(),
    user: field.optional(field.id({ sensitive: true })),
  },
});

/** All of its fields may be left out. */
export const IDLE = defineSignal('IDLE', { fields: { since: field.optional(field.duration()) } });

export const STARTED = defineSignal('STARTED');
