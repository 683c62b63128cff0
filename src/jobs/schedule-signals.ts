import { int, optional, string, time } from '../signal/field.js';
import type { Signal } from '../signal/signal.js';
import { defineSignal } from '../signal/signal.js';
import * as f from './job-fields.js';
import { ATTR, METRIC } from './semconv.js';

/** What SCHEDULE_MISSED says. `system` is for the metric alone. */
export interface MissedValues {
  /** The schedule's name. */
  schedule: string;
  /** Ticks that did not come since the last one of these. */
  missed: number;
  /** When the first of them was due. */
  due_at: Date | number;
  queue?: string | undefined;
  namespace?: string | undefined;
  system: string;
}

/** Ticks of a schedule did not come within their grace: once for each tick, and at most once a minute. */
export const SCHEDULE_MISSED: Signal<MissedValues> = defineSignal('SCHEDULE_MISSED', {
  message: (values) => `Schedule missed: ${String(values.schedule)}`,
  severity: 'error',
  fields: {
    schedule: string({ attribute: ATTR.scheduleName }),
    missed: int({ attribute: ATTR.scheduleMissed }),
    due_at: time({ attribute: ATTR.scheduleDue }),
    queue: optional(string({ attribute: ATTR.queue })),
    namespace: f.namespace,
    system: f.system,
  },
  metrics: [
    {
      type: 'counter',
      name: METRIC.scheduleMissed,
      unit: '{tick}',
      description: 'Ticks of schedules that did not come',
      of: 'missed',
      by: ['system', 'queue', 'namespace', 'schedule'],
    },
  ],
}) as Signal<MissedValues>;
