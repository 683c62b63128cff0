import { defineSignal, field } from 'signalbox';
import { test } from 'vitest';

const fields = {
  job_id: field.id(),
  subject: field.text(),
  to: field.string({ sensitive: true }),
  template: field.string(),
  urgent: field.boolean(),
  kind: field.optional(field.oneOf(['a', 'b'])),
  size: field.int(),
  took: field.duration(),
  score: field.number(),
  salary: field.number({ sensitive: true }),
  at: field.time(),
  tags: field.list(),
};

test('by - takes string, enum and boolean fields, optional ones too', () => {
  defineSignal('SENT', {
    fields,
    metrics: [{ type: 'counter', name: 'sent', by: ['template', 'urgent', 'kind'] }],
  });
});

test('by - an id does not compile, nor anything else that has very many values', () => {
  // @ts-expect-error an id can not be a label
  defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent', by: ['job_id'] }] });
  // @ts-expect-error one that can be does not help one that can not
  defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent', by: ['template', 'job_id'] }] });
  // @ts-expect-error nor can a text
  defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent', by: ['subject'] }] });
  // @ts-expect-error nor a number
  defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent', by: ['size'] }] });
  // @ts-expect-error nor a time
  defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent', by: ['at'] }] });
  // @ts-expect-error nor a list
  defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent', by: ['tags'] }] });
});

test('by - a sensitive field does not compile, whatever its kind and also where it is optional', () => {
  // @ts-expect-error `to` is sensitive
  defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent', by: ['to'] }] });
  defineSignal('SENT', {
    fields: { plan: field.optional(field.oneOf(['free', 'paid'], { sensitive: true })), ok: field.boolean() },
    // @ts-expect-error `plan` is sensitive
    metrics: [{ type: 'counter', name: 'sent', by: ['plan'] }],
  });
  defineSignal('SENT', {
    fields: { adult: field.boolean({ sensitive: true }), ok: field.boolean() },
    // @ts-expect-error `adult` is sensitive
    metrics: [{ type: 'counter', name: 'sent', by: ['adult'] }],
  });
});

test('by - an unknown name does not compile, also where no field can be a label', () => {
  // @ts-expect-error `templat` is no field
  defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent', by: ['templat'] }] });
  // @ts-expect-error there is no field at all
  defineSignal('SENT', { metrics: [{ type: 'counter', name: 'sent', by: ['template'] }] });
  // @ts-expect-error there is only an id
  defineSignal('SENT', { fields: { n: field.id() }, metrics: [{ type: 'counter', name: 'a', by: ['n'] }] });
  // @ts-expect-error there is only a text
  defineSignal('SENT', { fields: { n: field.text() }, metrics: [{ type: 'counter', name: 'a', by: ['n'] }] });
  defineSignal('SENT', { metrics: [{ type: 'counter', name: 'sent', by: [] }] });
});

test('of - takes number, int and duration fields', () => {
  defineSignal('SENT', {
    fields,
    metrics: [
      { type: 'counter', name: 'sent.bytes', of: 'size' },
      { type: 'upDownCounter', name: 'sent.balance', of: 'score' },
      { type: 'gauge', name: 'sent.score', of: 'score' },
      { type: 'histogram', name: 'sent.duration', of: 'took', unit: 's' },
    ],
  });
});

test('of - a field that is no number, or no field, does not compile', () => {
  // @ts-expect-error a string can not be measured
  defineSignal('SENT', { fields, metrics: [{ type: 'histogram', name: 'sent.x', of: 'template' }] });
  // @ts-expect-error nor a time
  defineSignal('SENT', { fields, metrics: [{ type: 'gauge', name: 'sent.x', of: 'at' }] });
  // @ts-expect-error `tok` is no field
  defineSignal('SENT', { fields, metrics: [{ type: 'histogram', name: 'sent.x', of: 'tok', unit: 's' }] });
});

test('of - a sensitive field does not compile, whatever its kind and also where it is optional', () => {
  // @ts-expect-error `salary` is sensitive
  defineSignal('SENT', { fields, metrics: [{ type: 'gauge', name: 'sent.x', of: 'salary' }] });
  // @ts-expect-error `salary` is sensitive
  defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent.x', of: 'salary' }] });
  defineSignal('SENT', {
    fields: { age: field.optional(field.int({ sensitive: true })), size: field.int() },
    // @ts-expect-error `age` is sensitive
    metrics: [{ type: 'histogram', name: 'sent.x', of: 'age' }],
  });
  defineSignal('SENT', {
    fields: { ill: field.duration({ sensitive: true, metricsOnly: true }), size: field.int() },
    // @ts-expect-error `ill` is sensitive
    metrics: [{ type: 'histogram', name: 'sent.x', of: 'ill', unit: 's' }],
  });
});

test('of - gauges and histograms do not compile without it, counters do', () => {
  defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent' }] });
  defineSignal('SENT', { fields, metrics: [{ type: 'upDownCounter', name: 'sent', add: -1 }] });
  // @ts-expect-error what would it show?
  defineSignal('SENT', { fields, metrics: [{ type: 'gauge', name: 'sent' }] });
  // @ts-expect-error what would it show?
  defineSignal('SENT', { fields, metrics: [{ type: 'histogram', name: 'sent' }] });
});

test('metrics - what belongs to another type of metric does not compile', () => {
  defineSignal('SENT', {
    fields,
    metrics: [{ type: 'histogram', name: 'sent', of: 'size', buckets: [1, 2] }],
  });
  // @ts-expect-error counters have no buckets
  defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent', buckets: [1, 2] }] });
  // @ts-expect-error counters do not go down
  defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent', add: -1 }] });
  // @ts-expect-error there is no such type
  defineSignal('SENT', { fields, metrics: [{ type: 'summary', name: 'sent', of: 'size' }] });
  // @ts-expect-error `byy` is no option
  defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent', byy: ['template'] }] });
  const at = new Date();
  // @ts-expect-error a constant label is text, number or boolean
  defineSignal('SENT', { fields, metrics: [{ type: 'counter', name: 'sent', constantLabels: { at } }] });
});
