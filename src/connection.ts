import type { Connection } from './delivery/destination.js';
import type { Report } from './delivery/report.js';
import type { Ledger } from './stats.js';
import type { BoxClock } from './telemetry/clock.js';
import { runInside } from './telemetry/inside.js';
import type { ResourceFinder } from './telemetry/resource.js';

/** What the connections of a box have in common. */
export interface Common {
  readonly ledger: Ledger;
  readonly report: Report;
  readonly clock: BoxClock;
  readonly resource: ResourceFinder;
  readonly shared: Map<string, unknown>;
  readonly takes: (instrument: string) => boolean;
  readonly eventNames: boolean;
}

export function connection(name: string, common: Common): Connection {
  const { ledger, report, clock, resource, shared, takes, eventNames } = common;
  return {
    name,
    account: (channel) => ledger.account(name, channel),
    report,
    inside: (fn, tracing) => runInside(ledger.identity(name), fn, report, tracing),
    now: () => clock.now(),
    shared: <T>(key: string, make: () => T): T => {
      if (!shared.has(key)) shared.set(key, make());
      return shared.get(key) as T;
    },
    takesInstrument: takes,
    eventNames,
    resource: () => resource.find(),
  };
}
