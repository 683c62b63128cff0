import type { ConstructorOptions } from 'pg-boss';

/** PostgreSQL as pg-boss wants it. */
export interface Database {
  readonly options: ConstructorOptions;
  /** Runs this on a job of pg-boss that waits for its first attempt, while no worker can begin it. False where it has begun: then it does nothing. */
  whileItWaits(queue: string, id: string, run: () => Promise<void>): Promise<boolean>;
  close(): Promise<void>;
}
