import type { Span } from '@opentelemetry/api';

/** After so many spans of which none records, no sampler with a share worth having is at work. */
const ENOUGH = 20;

/** How many spans a box has started, and whether any of them records: a sampler that takes none says so in no other way. */
export class SpansSeen {
  #started = 0;
  #recording = false;

  started(span: Span): void {
    this.#started++;
    if (!this.#recording) this.#recording = span.isRecording();
  }

  /** How many were started, where that is enough to tell that none records. */
  get noneOf(): number | undefined {
    return !this.#recording && this.#started >= ENOUGH ? this.#started : undefined;
  }
}
