import type { Span } from '@opentelemetry/api';

/** If none of so many spans is recorded, the sampler takes no share worth having. */
const ENOUGH = 20;

/** Counts the spans that a box has started, and notes whether any is recorded. Nothing else shows a sampler that takes none. */
export class SpansSeen {
  #started = 0;
  #recording = false;

  started(span: Span): void {
    this.#started++;
    if (!this.#recording) this.#recording = span.isRecording();
  }

  /** The number of started spans, if that is enough to say that none is recorded. */
  get noneOf(): number | undefined {
    return !this.#recording && this.#started >= ENOUGH ? this.#started : undefined;
  }
}
