import type { SpanRouting } from '../delivery/destination.js';

/** Where no destination takes spans. */
export const NO_SPAN_ROUTES: SpanRouting = {
  install() {},
  started() {},
  mark() {},
  follow() {},
  ended: () => [],
  maskOf: () => 0,
  problemOf: () => undefined,
};
