import type { Connection } from './delivery/destination.js';
import type { Report } from './delivery/report.js';
import type { Ledger } from './stats.js';
import type { BoxClock } from './telemetry/clock.js';
import { INSIDE_KEY, SPAN_KEY, SUPPRESS_KEY } from './telemetry/context.js';
import { activeContext, runIn } from './telemetry/globals.js';
import type { ResourceFinder } from './telemetry/resource.js';

/** What the connections of a box have in common. */
export interface Common {
  readonly ledger: Ledger;
  readonly report: Report;
  readonly clock: BoxClock;
  readonly resource: ResourceFinder;
  readonly shared: Map<string, unknown>;
  readonly takes: (instrument: string) => boolean;
}

export function connection(name: string, common: Common): Connection {
  const { ledger, report, clock, resource, shared, takes } = common;
  return {
    name,
    account: (channel) => ledger.account(name, channel),
    report,
    inside: (fn, tracing) => {
      const context = activeContext();
      const around = (context.getValue(INSIDE_KEY) as ReadonlySet<string> | undefined) ?? [];
      const own = context.deleteValue(SPAN_KEY).setValue(INSIDE_KEY, new Set(around).add(name));
      return runIn(tracing === 'untraced' ? own.setValue(SUPPRESS_KEY, true) : own, fn);
    },
    now: () => clock.now(),
    shared: <T>(key: string, make: () => T): T => {
      if (!shared.has(key)) shared.set(key, make());
      return shared.get(key) as T;
    },
    takesInstrument: takes,
    resource: () => resource.find(),
  };
}
