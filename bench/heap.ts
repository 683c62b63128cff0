import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** The heap after a full collection, in bytes. */
export function heapUsed(): number {
  if (!collect) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  // What is freed by finalizers or held weakly goes with the second one.
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
