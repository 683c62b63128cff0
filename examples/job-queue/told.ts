import type { Emission, Severity } from 'signalbox';
import { timeText } from './time-text.js';

/** What a folded view needs of an emission. It can be told to another process. */
export interface Told {
  /** When it happened, in epoch milliseconds. */
  readonly at: number;
  readonly severity: Severity;
  readonly isRoutine: boolean;
  /** The event name; of a plain record, its severity. */
  readonly event: string;
  readonly job: string | undefined;
  readonly type: string | undefined;
  /** In a few words, those first that say the most. Never empty. */
  readonly words: readonly string[];
}

/** Warnings and what is worse are no routine. */
const WARN = 13;

/** An emission in a few words. */
export function toldOf(emission: Emission): Told {
  const { timestamp, severity, severityNumber, event, message } = emission;
  const words = WORDS[event]?.(new Fields(emission)).filter((word) => word !== undefined);
  return {
    at: timestamp,
    severity,
    isRoutine: severityNumber < WARN,
    event: event || severity,
    job: new Fields(emission).text('job_id'),
    type: new Fields(emission).text('job_type'),
    words: words?.length ? words : [message],
  };
}

type Word = string | undefined;

const WORDS: Readonly<Record<string, (fields: Fields) => Word[]>> = {
  'job.queued': (of) => [of.labelled('priority')],
  'job.started': (of) => [of.attempt(), of.text('worker_id'), of.time('wait', 'waited ')],
  'job.completed': (of) => [of.attempts(), of.time('duration', 'ran '), of.time('turnaround', 'in all ')],
  'job.failed': (of) => [of.attempt(), of.errorType(), of.time('duration', 'ran '), of.text('error')],
  'job.retrying': (of) => [of.time('retry_delay', 'again in ')],
  'job.abandoned': (of) => [of.text('reason'), of.time('turnaround', 'in all ')],
  'job.rejected': (of) => [of.text('reason'), of.fill()],
  'queue.backlog': (of) => [of.fill()],
};

/** The fields of an emission, as words; undefined where it has no such field. */
class Fields {
  readonly #emission: Emission;

  constructor(emission: Emission) {
    this.#emission = emission;
  }

  text(name: string): Word {
    const value = this.#emission.fields[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#emission.fields[name];
    return typeof value === 'number' ? value : undefined;
  }

  labelled(name: string): Word {
    const value = this.number(name);
    return value === undefined ? undefined : `${name} ${value}`;
  }

  time(name: string, before: string): Word {
    const millis = this.number(name);
    return millis === undefined ? undefined : before + timeText(millis);
  }

  attempt(): Word {
    const [attempt, most] = [this.number('attempt'), this.number('max_attempts')];
    return attempt === undefined ? undefined : `${attempt}/${most ?? '?'}`;
  }

  attempts(): Word {
    const attempts = this.number('attempts') ?? 1;
    return attempts > 1 ? `${attempts} attempts` : undefined;
  }

  errorType(): Word {
    return this.#emission.errors?.error?.type;
  }

  fill(): Word {
    const [size, capacity] = [this.number('queue_size'), this.number('queue_capacity')];
    if (size === undefined) return undefined;
    return capacity === undefined ? `${size} waiting` : `${size} of ${capacity} waiting`;
  }
}
