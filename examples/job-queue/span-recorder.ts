import type { SeenSpan } from './seen-span.js';
import { isAttempt, startOf } from './seen-span.js';

const JOBS = 2000;

/** Keeps the spans of the last jobs, and those of the job that took the most attempts. */
export class SpanRecorder {
  readonly #jobs = new Map<string, SeenSpan[]>();
  #best: { readonly job: string; readonly attempts: number } | undefined;
  #abandoned: SeenSpan | undefined;

  readonly add = (span: SeenSpan): void => {
    const job = span.attributes['job.id'];
    if (typeof job !== 'string') return;
    if (isAttempt(span) && span.attributes['job.abandon.reason'] !== undefined) this.#abandoned = span;
    const spans = [...(this.#jobs.get(job) ?? []), span];
    this.#jobs.set(job, spans);
    const attempts = spans.filter(isAttempt).length;
    if (attempts > Math.max(1, this.#best?.attempts ?? 0)) this.#best = { job, attempts };
    if (this.#jobs.size > JOBS) this.#forgetOne();
  };

  /** The spans of one job that was tried more than once, by their start. Undefined where there was none. */
  retried(): readonly SeenSpan[] | undefined {
    if (this.#best === undefined) return undefined;
    return [...(this.#jobs.get(this.#best.job) ?? [])].sort((a, b) => startOf(a) - startOf(b));
  }

  /** The last attempt of the job that was abandoned last. Undefined where there was none. */
  abandoned(): SeenSpan | undefined {
    return this.#abandoned;
  }

  #forgetOne(): void {
    for (const job of this.#jobs.keys()) {
      if (job === this.#best?.job) continue;
      this.#jobs.delete(job);
      return;
    }
  }
}
