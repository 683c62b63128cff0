import type { Spoil } from './spoil.js';
import { completed, drop, first, series } from './spoil.js';

const counters = [
  'job.enqueued',
  'job.rejected',
  'job.retries',
  'job.ended',
  'email.sent',
  'report.generated',
  'data.processed',
  'payment.processed',
];
const histograms = [
  'messaging.process.duration',
  'job.wait.duration',
  'job.turnaround.duration',
  'payment.amount',
];

export const ofMetrics: readonly Spoil[] = [
  ...counters.map(
    (name): Spoil => ({
      what: `${name} counted twice`,
      spoil: (r) => {
        series(r, name).value *= 2;
      },
      finds: new RegExp(`^${name.replace('.', '\\.')}.* is \\d+, not \\d+$`, 'm'),
    }),
  ),
  ...histograms.map(
    (name): Spoil => ({
      what: `a point too many in ${name}`,
      spoil: (r) => {
        series(r, name).count += 1;
      },
      finds: new RegExp(`^${name}.* has the count \\d+`, 'm'),
    }),
  ),
  ...histograms.map(
    (name): Spoil => ({
      what: `another sum of ${name}`,
      spoil: (r) => {
        series(r, name).sum += 0.1;
      },
      finds: new RegExp(`^${name}.* has the sum [\\d.]+`, 'm'),
    }),
  ),
  {
    what: 'a counter that is lost',
    spoil: (r) => drop(r.series, series(r, 'job.ended')),
    finds: /job.ended .* is \d+, not/,
  },
  {
    what: 'a point under another error type',
    spoil: (r) => {
      const one = first(
        r.series,
        (s) => s.metric === 'messaging.process.duration' && 'error.type' in s.attributes,
      );
      one.attributes['error.type'] = '_OTHER';
    },
    finds: /messaging.process.duration of .*error.type=.* has the count 0/,
  },
  {
    what: 'a job id in a label',
    spoil: (r) => {
      series(r, 'job.enqueued').attributes['job.id'] = 'x';
    },
    finds: /has the label job.id=x/,
  },
  {
    what: 'a job id under another key',
    spoil: (r) => {
      series(r, 'job.active').attributes.which = completed(r).attributes['job.id'];
    },
    finds: /has the label which=job_/,
  },
  {
    what: 'an attempt that runs for ever',
    spoil: (r) => {
      series(r, 'job.active').value += 1;
    },
    finds: /job.active is 1 at the end/,
  },
  {
    what: 'another unit',
    spoil: (r) => {
      series(r, 'job.wait.duration').unit = 'ms';
    },
    finds: /has the unit .*ms/,
  },
  {
    what: 'amounts under another currency',
    spoil: (r) => {
      series(r, 'payment.amount').attributes['payment.currency'] = 'CHF';
    },
    finds: /payment.amount of payment.currency=(EUR|USD) has the count 0/,
  },
  {
    what: 'a metric of no queue',
    spoil: (r) => {
      delete series(r, 'job.enqueued').attributes['messaging.destination.name'];
    },
    finds: /job.enqueued has no queue/,
  },
];
