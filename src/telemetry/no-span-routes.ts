import type { SpanRouting } from '../delivery/destination.js';

/** Span routing for a box without a destination that takes spans. */
export const NO_SPAN_ROUTES: SpanRouting = {
  install() {},
  started() {},
  mark() {},
  follow() {},
  ended: () => [],
  maskOf: () => 0,
  problemOf: () => undefined,
};
