import { isPending, promiseOf } from '../../delivery/sink-answer.js';
import type { SinkCall, SinkFunction, SinkResult } from '../../delivery/sink-function.js';
import type { Emission } from '../../emission/emission.js';
import { failureOf } from './batch-function.js';

type Outcome = SinkResult | Promise<SinkResult>;

/**
 * Calls a sink and continues with its answer or its failure, at once if the sink answers at once. A list of nothing but failures is a
 * failure, as a rejected batch is.
 */
export function follow(
  fn: SinkFunction,
  emission: Emission,
  call: SinkCall,
  onAnswer: (answer: SinkResult) => Outcome,
  onFailure: (error: unknown) => Outcome,
): Outcome {
  const onEither = (answer: SinkResult): Outcome => {
    const failure = failureOf(answer);
    return failure ? onFailure(failure.failed) : onAnswer(answer);
  };
  let answer: Outcome;
  try {
    answer = fn(emission, call);
    if (isPending(answer)) return promiseOf(answer).then(onEither, onFailure);
  } catch (error) {
    return onFailure(error);
  }
  return onEither(answer);
}
