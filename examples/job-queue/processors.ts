import { dataProcessor } from './handlers/data.js';
import { emailProcessor } from './handlers/email.js';
import { paymentProcessor } from './handlers/payment.js';
import { reportProcessor } from './handlers/report.js';
import type { Ledger } from './ledger.js';
import type { Plan } from './plan.js';
import type { Processor } from './queue/index.js';
import type { Box } from './telemetry.js';
import { witness } from './witness.js';
import { createWork } from './work.js';

/** What the processors work with. */
export interface ProcessorsSetup {
  readonly box: Box;
  readonly plan: Plan;
  readonly speed: number;
  /** Their attempts are written to it. */
  readonly ledger: Ledger;
}

/** A processor for each type of job. */
export function createProcessors({ box, plan, speed, ledger }: ProcessorsSetup): Processor[] {
  const work = createWork(plan, speed);
  return [emailProcessor, reportProcessor, dataProcessor, paymentProcessor].map((create) =>
    witness(create(box, work), ledger),
  );
}
