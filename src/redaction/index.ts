export { drop, lastFour, mask } from './fixed-policies.js';
export { type KeyedHashOptions, keyedHash } from './keyed-hash.js';
export { redactPaths } from './redact-paths.js';
