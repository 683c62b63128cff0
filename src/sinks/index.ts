export { type AuditFileOptions, auditFile } from './audit-file.js';
export type { AuditKey } from './audit-key.js';
export type { AuditRotation } from './audit-rotation.js';
export { type ConsoleOptions, consoleSink } from './console.js';
export type { RotateOptions } from './files/file-options.js';
export { type JsonLineOptions, jsonLine } from './json-line.js';
export { type JsonLineFileOptions, jsonLineFile } from './json-line-file.js';
export type { BatchFunction, BatchOutcome, BatchResult } from './modifiers/batch-function.js';
export { type BatchedOptions, batched } from './modifiers/batched.js';
export { type CircuitBreakerOptions, circuitBreaker } from './modifiers/circuit-breaker.js';
export { fallback } from './modifiers/fallback.js';
export { filtered } from './modifiers/filtered.js';
export { type RateLimitedOptions, rateLimited } from './modifiers/rate-limited.js';
export type { RetryOptions } from './modifiers/retry-options.js';
export { retrying } from './modifiers/retrying.js';
export {
  type SampledOptions,
  type SampledRate,
  type SampledShare,
  sampled,
} from './modifiers/sampled.js';
export { timed } from './modifiers/timed.js';
export { type PrettyOptions, prettyLine } from './pretty.js';
export { type SinkOptions, sink } from './sink.js';
export type { TextStream } from './text-stream.js';
export { type PagerDutyEvent, type PagerDutyOptions, pagerDutyEvent } from './webhook/pager-duty-event.js';
export { type SlackMessage, slackMessage } from './webhook/slack-message.js';
export { webhook } from './webhook/webhook.js';
export type { WebhookBatches, WebhookOneByOne, WebhookOptions } from './webhook/webhook-options.js';
