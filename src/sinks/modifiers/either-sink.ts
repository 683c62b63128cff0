import type { SinkFunction } from '../../delivery/sink-function.js';
import type { BatchFunction } from './batch-function.js';

/** A sink or a function of batches, for modifiers that do not look at what they pass on. */
export type EitherSink = SinkFunction & BatchFunction;
