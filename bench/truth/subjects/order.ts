import { join } from 'node:path';
import type { EngineName } from '../engines/engine.js';

/** What a process of a run is told when it is started. */
export interface Order {
  /** `service.instance.id`, and what its files are called. */
  readonly name: string;
  readonly engine: EngineName;
  readonly store: string;
  /** Base URL of the collector. */
  readonly otlp: string;
  /** Where it writes its files. */
  readonly directory: string;
  readonly jobs: number;
  readonly seed: number;
  /** Jobs a second that a producer puts in. */
  readonly rate: number;
}

export const SERVICE = 'truth';

/** The files that a process writes. */
export function filesOf(directory: string, name: string) {
  return {
    ledger: join(directory, `${name}.ledger`),
    exports: join(directory, `${name}.exports`),
    made: join(directory, `${name}.made`),
    stats: join(directory, `${name}.stats`),
    output: join(directory, `${name}.output`),
  } as const;
}

export function readOrder(): Order {
  return JSON.parse(process.argv[2] ?? '') as Order;
}
