import { isPending, promiseOf } from '../../delivery/sink-answer.js';
import type { SinkCall, SinkFunction, SinkResult } from '../../delivery/sink-function.js';
import type { Emission } from '../../emission/emission.js';

type Outcome = SinkResult | Promise<SinkResult>;

/** Calls a sink and goes on with its answer or its failure: at once where the sink answers at once. */
export function follow(
  fn: SinkFunction,
  emission: Emission,
  call: SinkCall,
  onAnswer: (answer: SinkResult) => Outcome,
  onFailure: (error: unknown) => Outcome,
): Outcome {
  let answer: Outcome;
  try {
    answer = fn(emission, call);
    if (isPending(answer)) return promiseOf(answer).then(onAnswer, onFailure);
  } catch (error) {
    return onFailure(error);
  }
  return onAnswer(answer);
}
