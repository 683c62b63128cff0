import { describe, expect, test } from 'vitest';
import { checkMetric } from '../../src/signal/check-metrics.js';
import {
  boolean,
  duration,
  id,
  int,
  list,
  number,
  oneOf,
  optional,
  string,
  text,
  time,
} from '../../src/signal/field.js';
import { secondBuckets } from '../../src/signal/metric.js';
import { defineSignal } from '../../src/signal/signal.js';
import { expectSentence, wrong } from '../support/misuse.js';

const fields = {
  job_id: id(),
  subject: text(),
  to: string({ sensitive: true }),
  template: string(),
  urgent: boolean(),
  kind: optional(oneOf(['a', 'b'], { attribute: 'mail.kind' })),
  size: int(),
  score: number(),
  took: duration(),
  salary: number({ sensitive: true }),
  at: time(),
  tags: list(),
};
const KNOWN = 'Its fields: job_id, subject, to, template, urgent, kind, size, score, took, salary, at, tags.';
const NAME_FIX = "Start with a letter; use letters, digits, '_', '.', '-', '/', at most 255.";
const LABELS_FIX = 'Labels are string, oneOf or boolean fields, so that there are few of them.';

describe('checkMetric()', () => {
  test.each([
    { type: 'counter', name: 'sent' },
    {
      type: 'counter',
      name: 'sent',
      by: ['template', 'urgent', 'kind'],
      constantLabels: { a: 'x', b: 1, c: false },
    },
    { type: 'counter', name: 'sent', of: 'size', unit: 'By', description: 'bytes' },
    { type: 'upDownCounter', name: 'in/flight-now_1', add: -1 },
    { type: 'upDownCounter', name: 'balance', of: 'score' },
    { type: 'gauge', name: 'score', of: 'score' },
    { type: 'histogram', name: 'took', of: 'took', unit: 's', buckets: secondBuckets },
    { type: 'histogram', name: 'a'.repeat(255), of: 'size', buckets: [-1, 0, 0.5] },
  ] as const)('checkMetric() - takes %o', (metric) => {
    expect(() => checkMetric('SENT', metric, fields)).not.toThrow();
  });

  test.each<readonly [string, unknown, string]>([
    [
      'text in place of a metric',
      'sent',
      ": a metric is 'sent'. Give an object, as in { type: 'counter', name: 'email.sent' }.",
    ],
    [
      'a name with a space',
      { type: 'counter', name: 'mails sent' },
      `: 'mails sent' is not a metric's name. ${NAME_FIX}`,
    ],
    [
      'a name that begins with a digit',
      { type: 'counter', name: '1st' },
      `: '1st' is not a metric's name. ${NAME_FIX}`,
    ],
    ['an empty name', { type: 'counter', name: '' }, `: '' is not a metric's name. ${NAME_FIX}`],
    ['no name', { type: 'counter' }, `: undefined is not a metric's name. ${NAME_FIX}`],
    [
      'a name of 256',
      { type: 'counter', name: 'a'.repeat(256) },
      `: '${'a'.repeat(80)}…' is not a metric's name. ${NAME_FIX}`,
    ],
    [
      'an unknown type',
      { type: 'summary', name: 'sent' },
      ": metric 'sent' has the type 'summary'. Use 'counter', 'upDownCounter', 'gauge' or 'histogram'.",
    ],
    [
      'a unit that is no text',
      { type: 'counter', name: 'sent', unit: 1 },
      ": metric 'sent' has the unit 1. Give text, or leave it out.",
    ],
    [
      '`by` a field that is not there',
      { type: 'counter', name: 'sent', by: ['templat'] },
      `: metric 'sent': \`by\` names 'templat', which is no field of the signal. Did you mean 'template'? ${KNOWN}`,
    ],
    [
      '`by` something inherited',
      { type: 'counter', name: 'sent', by: ['constructor'] },
      `: metric 'sent': \`by\` names 'constructor', which is no field of the signal. ${KNOWN}`,
    ],
    [
      '`by` a list within the list',
      { type: 'counter', name: 'sent', by: [['template']] },
      `: metric 'sent': \`by\` names a list of 1, which is no field of the signal. ${KNOWN}`,
    ],
    [
      '`by` as text',
      { type: 'counter', name: 'sent', by: 'template' },
      ": metric 'sent': `by` is 'template'. Give a list of names of fields, as in ['template'].",
    ],
    [
      '`by` an id',
      { type: 'counter', name: 'sent', by: ['job_id'] },
      `: metric 'sent': \`by\` names 'job_id', a field of kind 'id'. ${LABELS_FIX}`,
    ],
    [
      '`by` a text',
      { type: 'counter', name: 'sent', by: ['subject'] },
      `: metric 'sent': \`by\` names 'subject', a field of kind 'text'. ${LABELS_FIX}`,
    ],
    [
      '`by` a number',
      { type: 'counter', name: 'sent', by: ['template', 'size'] },
      `: metric 'sent': \`by\` names 'size', a field of kind 'int'. ${LABELS_FIX}`,
    ],
    [
      '`by` a list field',
      { type: 'counter', name: 'sent', by: ['tags'] },
      `: metric 'sent': \`by\` names 'tags', a field of kind 'list'. ${LABELS_FIX}`,
    ],
    [
      '`by` a sensitive field',
      { type: 'counter', name: 'sent', by: ['to'] },
      ": metric 'sent': `by` names 'to', which is sensitive. Sensitive fields can not be labels.",
    ],
    [
      'labels that are a list',
      { type: 'counter', name: 'sent', constantLabels: ['a'] },
      ": metric 'sent' has the constant labels a list of 1. Give an object of values, as in { channel: 'mail' }.",
    ],
    [
      'a label that is no plain value',
      { type: 'counter', name: 'sent', constantLabels: { at: new Date(0) } },
      ": metric 'sent' has the label 'at' of a value of type object. Give a string, number or boolean.",
    ],
    [
      'a label that is no number',
      { type: 'counter', name: 'sent', constantLabels: { share: Number.NaN } },
      ": metric 'sent' has the label 'share' of NaN. Give a string, number or boolean.",
    ],
    [
      'a label that no endpoint takes',
      { type: 'counter', name: 'sent', constantLabels: { limit: 1e21 } },
      ": metric 'sent' has the label 'limit' of 1e+21. Give a string, number or boolean that the wire can carry.",
    ],
    [
      'a label of half a character',
      { type: 'counter', name: 'sent', constantLabels: { mark: '\ud83d' } },
      ": metric 'sent' has the label 'mark' of '\ud83d'. Give a string, number or boolean that the wire can carry.",
    ],
    [
      'a label without a name',
      { type: 'counter', name: 'sent', constantLabels: { '': 'x' } },
      ": metric 'sent' has a label called ''. Give a non-empty key, as in 'channel'.",
    ],
    [
      'a label that would be a prototype',
      { type: 'counter', name: 'sent', constantLabels: JSON.parse('{"__proto__":"x"}') },
      ": metric 'sent' has a label called '__proto__'. Give a non-empty key, as in 'channel'.",
    ],
    [
      'a label of a field and a constant',
      { type: 'counter', name: 'sent', by: ['template'], constantLabels: { template: 'x' } },
      `: metric 'sent' has the label 'template' twice: of the field 'template' in \`by\`, and in \`constantLabels\`. Leave one out, or give one another key.`,
    ],
    [
      'a constant of the attribute key that a field has',
      { type: 'counter', name: 'sent', by: ['kind'], constantLabels: { 'mail.kind': 'x' } },
      ": metric 'sent' has the label 'mail.kind' twice: of the field 'kind' in `by`, and in `constantLabels`. Leave one out, or give one another key.",
    ],
    [
      'a unit of half a character',
      { type: 'counter', name: 'sent', unit: '\ud83d' },
      ": metric 'sent' has the unit '\ud83d'. Give text, or leave it out.",
    ],
    [
      'a gauge of nothing',
      { type: 'gauge', name: 'sent' },
      ": metric 'sent' needs `of`: the field that it measures.",
    ],
    [
      'a histogram of nothing',
      { type: 'histogram', name: 'sent' },
      ": metric 'sent' needs `of`: the field that it measures.",
    ],
    [
      '`of` a field that is not there',
      { type: 'histogram', name: 'sent', of: 'sise' },
      `: metric 'sent': \`of\` names 'sise', which is no field of the signal. Did you mean 'size'? ${KNOWN}`,
    ],
    [
      '`of` a string',
      { type: 'gauge', name: 'sent', of: 'template' },
      ": metric 'sent': `of` names 'template', a field of kind 'string'. Measure a number, int or duration field.",
    ],
    [
      '`of` a time',
      { type: 'gauge', name: 'sent', of: 'at' },
      ": metric 'sent': `of` names 'at', a field of kind 'time'. Measure a number, int or duration field.",
    ],
    [
      '`of` a sensitive number',
      { type: 'gauge', name: 'sent', of: 'salary' },
      ": metric 'sent': `of` names 'salary', which is sensitive. Its points would carry the value to every backend: measure a field that is not sensitive.",
    ],
    [
      'a duration in milliseconds',
      { type: 'histogram', name: 'sent', of: 'took', unit: 'ms' },
      ": metric 'sent': `of` names the duration 'took', but the unit is 'ms'. Durations are in seconds on the wire: give `unit: 's'`.",
    ],
    [
      'a duration without a unit',
      { type: 'histogram', name: 'sent', of: 'took' },
      ": metric 'sent': `of` names the duration 'took', but the unit is undefined. Durations are in seconds on the wire: give `unit: 's'`.",
    ],
    [
      'a constant that is not finite',
      { type: 'upDownCounter', name: 'sent', add: Number.POSITIVE_INFINITY },
      ": metric 'sent' adds Infinity. Give a finite number.",
    ],
    [
      'a constant of a counter',
      { type: 'counter', name: 'sent', add: -1 },
      ": metric 'sent' adds -1. Only an 'upDownCounter' without `of` adds a constant; leave `add` out.",
    ],
    [
      'a constant beside a field',
      { type: 'upDownCounter', name: 'sent', add: 1, of: 'size' },
      ": metric 'sent' adds 1. Only an 'upDownCounter' without `of` adds a constant; leave `add` out.",
    ],
    [
      'buckets that fall',
      { type: 'histogram', name: 'sent', of: 'size', buckets: [1, 3, 2] },
      ": metric 'sent' has the buckets [1, 3, 2]. Give ascending finite numbers.",
    ],
    [
      'equal buckets',
      { type: 'histogram', name: 'sent', of: 'size', buckets: [1, 1] },
      ": metric 'sent' has the buckets [1, 1]. Give ascending finite numbers.",
    ],
    [
      'an infinite bucket',
      { type: 'histogram', name: 'sent', of: 'size', buckets: [1, Number.POSITIVE_INFINITY] },
      ": metric 'sent' has the buckets [1, Infinity]. Give ascending finite numbers.",
    ],
    [
      'no bucket',
      { type: 'histogram', name: 'sent', of: 'size', buckets: [] },
      ": metric 'sent' has the buckets []. Give ascending finite numbers.",
    ],
    [
      'buckets that are no list',
      { type: 'histogram', name: 'sent', of: 'size', buckets: 10 },
      ": metric 'sent' has the buckets 10. Give ascending finite numbers.",
    ],
    [
      'buckets of a counter',
      { type: 'counter', name: 'sent', buckets: [1] },
      ": metric 'sent' is a counter and has buckets. Only a 'histogram' has; leave them out.",
    ],
  ])('checkMetric() - tells %s', (_what, metric, sentence) => {
    expectSentence(() => checkMetric('SENT', wrong(metric), fields), `defineSignal('SENT')${sentence}`);
  });

  test('defineSignal() - checks every metric of the signal', () => {
    expectSentence(
      () =>
        defineSignal('SENT', {
          metrics: [
            { type: 'counter', name: 'sent' },
            { type: 'counter', name: 'sent', by: [wrong('template')] },
          ],
        }),
      "defineSignal('SENT'): metric 'sent': `by` names 'template', which is no field of the signal. Its fields: none.",
    );
  });
});
