import { trace } from '@opentelemetry/api';
import type { Run } from '../engines/engine.js';
import type { Fact } from '../facts.js';
import { moment } from '../facts.js';
import type { Notes } from '../notes.js';

/** The failure that a plan asks for. */
export class Planned extends Error {
  override readonly name = 'Planned';
}

/** What workers do with a job: take their time, fail as planned, and write both into the ledger. */
export function handlerOf(ledger: Notes<Fact>): (run: Run) => Promise<void> {
  return async ({ id, number, plan }) => {
    const active = trace.getActiveSpan()?.spanContext();
    const span = active?.spanId ?? 'none';
    ledger.write({
      fact: 'begin',
      id,
      key: plan.key,
      number,
      ...moment(),
      span,
      trace: active?.traceId ?? 'none',
    });
    await new Promise((resolve) => setTimeout(resolve, plan.takes));
    const outcome = number <= plan.fails ? 'threw' : 'returned';
    ledger.write({ fact: 'end', id, span, outcome, ...moment() });
    if (outcome === 'threw') throw new Planned(`attempt ${number} was to fail`);
  };
}
