import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';

const JOBS = 2000;

/** Keeps the spans of the last jobs, and those of the job that took the most attempts. */
export class SpanRecorder implements SpanProcessor {
  readonly #jobs = new Map<string, ReadableSpan[]>();
  #best: { readonly job: string; readonly attempts: number } | undefined;
  #abandoned: ReadableSpan | undefined;

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    const job = span.attributes['job.id'];
    if (typeof job !== 'string') return;
    if (isAttempt(span) && span.attributes['job.abandon.reason'] !== undefined) this.#abandoned = span;
    const spans = [...(this.#jobs.get(job) ?? []), span];
    this.#jobs.set(job, spans);
    const attempts = spans.filter(isAttempt).length;
    if (attempts > Math.max(1, this.#best?.attempts ?? 0)) this.#best = { job, attempts };
    if (this.#jobs.size > JOBS) this.#forgetOne();
  }

  /** The spans of one job that was tried more than once, by their start. Undefined where there was none. */
  retried(): readonly ReadableSpan[] | undefined {
    if (this.#best === undefined) return undefined;
    return [...(this.#jobs.get(this.#best.job) ?? [])].sort((a, b) => startOf(a) - startOf(b));
  }

  /** The last attempt of the job that was abandoned last. Undefined where there was none. */
  abandoned(): ReadableSpan | undefined {
    return this.#abandoned;
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}

  #forgetOne(): void {
    for (const job of this.#jobs.keys()) {
      if (job === this.#best?.job) continue;
      this.#jobs.delete(job);
      return;
    }
  }
}

export function isAttempt(span: ReadableSpan): boolean {
  return span.attributes['messaging.operation.name'] === 'process';
}

/** Epoch milliseconds. */
export function startOf(span: ReadableSpan): number {
  return span.startTime[0] * 1000 + span.startTime[1] / 1e6;
}
