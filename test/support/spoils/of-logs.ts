import type { Spoil } from './spoil.js';
import { completed, drop, event, later, log } from './spoil.js';

export const ofLogs: readonly Spoil[] = [
  {
    what: 'a log record that is lost',
    spoil: (r) => drop(r.logs, log(r, 'job.started')),
    finds: /has 0 log records, not 1/,
  },
  {
    what: 'a log record that came twice',
    spoil: (r) => r.logs.push(log(r, 'job.queued')),
    finds: /has 2 log records/,
  },
  {
    what: 'a log record a microsecond off its event',
    spoil: (r) => {
      log(r, 'job.started').time = later(log(r, 'job.started').time, 0.001);
    },
    finds: /job.started .* has no span event/,
  },
  {
    what: 'a log record on another trace',
    spoil: (r) => {
      log(r, 'job.started').traceId = '0'.repeat(32);
    },
    finds: /are in different traces/,
  },
  {
    what: 'a log record with another attribute',
    spoil: (r) => {
      log(r, 'job.started').attributes.extra = 1;
    },
    finds: /has other attributes than its log record/,
  },
  {
    what: 'a span event that is lost',
    spoil: (r) => drop(completed(r).events, event(completed(r))),
    finds: /has the events /,
  },
  {
    what: 'span events out of order',
    spoil: (r) => {
      completed(r).events.reverse();
    },
    finds: /events out of order/,
  },
  {
    what: 'a second end',
    spoil: (r) => r.logs.push({ ...log(r, 'job.completed'), time: later(log(r, 'job.completed').time, 0.5) }),
    finds: /has 2 ends/,
  },
  { what: 'a job without an end', spoil: (r) => drop(r.logs, log(r, 'job.abandoned')), finds: /has 0 ends/ },
  {
    what: 'the end of a job that never was',
    spoil: (r) => {
      log(r, 'job.completed').attributes['job.id'] = 'job_7_999999';
    },
    finds: /job_7_999999 has an end and never was/,
  },
  {
    what: 'a good end that was a bad one',
    spoil: (r) => {
      log(r, 'job.abandoned').eventName = 'job.completed';
    },
    finds: /is told as job.completed, and it was abandoned/,
  },
  {
    what: 'another reason of abandonment',
    spoil: (r) => {
      log(r, 'job.abandoned').attributes['job.abandon.reason'] = 'stalled';
    },
    finds: /is told as abandoned for stalled/,
  },
  {
    what: 'another number of attempts',
    spoil: (r) => {
      log(r, 'job.completed').attributes['job.attempts'] = 7;
    },
    finds: /is told with 7 attempts/,
  },
  {
    what: 'another turnaround',
    spoil: (r) => {
      log(r, 'job.completed').attributes['job.turnaround.duration'] = 99;
    },
    finds: /is told with a turnaround of 99000 ms/,
  },
  {
    what: 'another severity',
    spoil: (r) => {
      log(r, 'job.failed').severity = 17;
    },
    finds: /job.failed has the severity 17/,
  },
  {
    what: 'a severity that is called another',
    spoil: (r) => {
      log(r, 'job.failed').severityText = 'INFO';
    },
    finds: /job.failed of the severity 13 calls it INFO/,
  },
  {
    what: 'a worker that never stopped',
    spoil: (r) => drop(r.logs, log(r, 'worker.stopped')),
    finds: /the workers .* started, and .* stopped/,
  },
  {
    what: 'a worker that says it ran more',
    spoil: (r) => {
      log(r, 'worker.stopped').attributes['worker.jobs'] = 9999;
    },
    finds: /says that it ran 9999 attempts, not \d+/,
  },
  {
    what: 'a business signal that is lost',
    spoil: (r) => drop(r.logs, log(r, 'email.sent')),
    finds: /records email.sent, not/,
  },
  {
    what: 'a stall that never was',
    spoil: (r) => {
      log(r, 'queue.health_check').eventName = 'job.stalled';
    },
    finds: /1 records job.stalled/,
  },
];
