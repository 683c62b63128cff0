import type { Connection, How, Mark, PointMarks } from '../delivery/destination.js';
import { newMark } from '../delivery/loop-mark.js';
import type { Report } from '../delivery/report.js';
import { isPending } from '../delivery/sink-answer.js';
import { swallow } from '../emission/swallow.js';
import type { BoxClock } from '../telemetry/clock.js';
import type { Home } from '../telemetry/home-context.js';
import { insideHere, runInside } from '../telemetry/loop-context.js';
import type { ResourceFinder } from '../telemetry/resource-finder.js';
import type { Ledger } from './ledger.js';

/** The parts that all connections of a box share. */
export interface Common {
  readonly ledger: Ledger;
  readonly report: Report;
  readonly clock: BoxClock;
  readonly home: Home;
  readonly resource: ResourceFinder;
  readonly shared: Map<string, unknown>;
  readonly takes: (instrument: string) => boolean;
  readonly points: PointMarks;
  readonly eventNames: boolean;
}

export function connection(name: string, common: Common): Connection {
  const { ledger, report, clock, home, resource, shared, takes, points, eventNames } = common;
  const identity = ledger.identity(name);
  return {
    name,
    account: (channel) => ledger.account(name, channel),
    report,
    mark: (around) => newMark(around, identity),
    inside: (fn, how = NO_HOW) => {
      if (how !== 'untraced' && how.mark) return runInside(home, how.mark, fn, report, how);
      const mark = newMark(insideHere(report), identity);
      const run = () => runInside(home, mark, fn, report, how === 'untraced' ? UNTRACED : how);
      return untilSettled(mark, run, how === 'untraced');
    },
    home: (fn) => home.run(fn),
    now: () => clock.now(),
    shared: <T>(key: string, make: () => T): T => {
      if (!shared.has(key)) shared.set(key, make());
      return shared.get(key) as T;
    },
    takesInstrument: takes,
    points,
    eventNames,
    resource: () => resource.find(),
  };
}

const NO_HOW: How = {};
const UNTRACED: How = { untraced: true };

/** Ends the mark when `run` ends or its promise settles. If `lasting`, work without a promise may outlive the call, so the mark stays. */
function untilSettled<T>(mark: Mark, run: () => T, lasting: boolean): T {
  const end = (): void => {
    mark.alive = false;
  };
  let ending = true;
  try {
    const answer = run();
    ending = !lasting;
    if (isPending(answer)) {
      ending = false;
      swallow(answer.then(end, end));
    }
    return answer;
  } finally {
    if (ending) end();
  }
}
