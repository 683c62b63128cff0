export { type ConsoleOptions, consoleSink } from './console.js';
export { type JsonLineOptions, jsonLine } from './json-line.js';
export {
  type AuditFileOptions,
  auditFile,
  type JsonLineFileOptions,
  jsonLineFile,
} from './json-line-file.js';
export { type CircuitBreakerOptions, circuitBreaker } from './modifiers/circuit-breaker.js';
export { fallback } from './modifiers/fallback.js';
export { filtered } from './modifiers/filtered.js';
export { type RateLimitedOptions, rateLimited } from './modifiers/rate-limited.js';
export { type RetryOptions, retrying } from './modifiers/retrying.js';
export { type SampledOptions, sampled } from './modifiers/sampled.js';
export { timed } from './modifiers/timed.js';
export { type PrettyOptions, prettyLine } from './pretty.js';
export { type SinkOptions, sink } from './sink.js';
export type { TextStream } from './text-stream.js';
