import type { Recorded } from '../recorder/recorded.js';
import type { Played } from '../run/play.js';
import type { Column } from '../set-up.js';
import {
  FAMILY,
  isOfWorker,
  isOurMetric,
  METRICS,
  OUR_BODIES,
  OUR_EVENTS,
  SIGNALS,
  SPAN_EVENTS,
} from './expected.js';
import { differences } from './own.js';
import { isOurs, parentOf, roleOf, sameId } from './roles.js';

const YES = 'yes';
const NO = 'no';

/** The cells of a set-up, from a run without signalbox and one with it. */
export function cellsOf(
  without: Played,
  { recorded, problems }: Played,
  around?: string,
): Record<Column, string> {
  return {
    logs: logs(recorded),
    spanEvents: spanEvents(recorded),
    trace: trace(recorded),
    metrics: metrics(recorded),
    describe: described(recorded, problems),
    own: differences(without.recorded, recorded, around).length === 0 ? YES : 'changed',
  };
}

/** @param more How many there are that should not be, as where one is told twice. */
function portion(found: number, all: number, more = 0): string {
  if (more > 0) return `${found} of ${all}, and ${more} too many`;
  if (found === all) return YES;
  return found === 0 ? NO : `${found} of ${all}`;
}

function logs(recorded: Recorded): string {
  const left = [...recorded.logs];
  const found = SIGNALS.flatMap(([event, body]) => {
    const at = left.findIndex((log) => log.body === body && (log.eventName ?? event) === event);
    return at < 0 ? [] : left.splice(at, 1).map((log) => ({ event, log }));
  });
  const more = left.filter(({ body }) => OUR_BODIES.has(body)).length;
  if (found.length === 0 && more === 0) return NO;
  const order = sameId(recorded.spans.find(({ name }) => name === 'checkout')?.traceId);
  const lacks = [
    ...(found.some(({ log }) => log.eventName === undefined) ? ['event names'] : []),
    ...(found.some(({ event, log }) => !isOfWorker(event) && sameId(log.traceId) !== order) ? ['trace'] : []),
  ];
  return (
    [
      ...(found.length < SIGNALS.length || more > 0 ? [portion(found.length, SIGNALS.length, more)] : []),
      ...(lacks.length > 0 ? [`without ${lacks.join(' and ')}`] : []),
    ].join(', ') || YES
  );
}

function spanEvents({ spans }: Recorded): string {
  const expected = Object.entries(SPAN_EVENTS);
  const found = expected.flatMap(([role, events]) => {
    const told = spans.filter((span) => roleOf(span) === role).flatMap((span) => span.events);
    return events.filter((event) => told.includes(event));
  });
  const told = spans.flatMap(({ events }) => events).filter((event) => OUR_EVENTS.has(event));
  return portion(found.length, expected.flatMap(([, events]) => events).length, told.length - found.length);
}

function trace(recorded: Recorded): string {
  const family = new Set<string | undefined>(FAMILY.map(([span]) => span));
  const members = recorded.spans.filter((span) => family.has(roleOf(span)));
  const told = members.map((span) => {
    const parent = parentOf(recorded, span);
    // What the distribution puts around the order is no matter here.
    return `${roleOf(span)} in ${parent && family.has(roleOf(parent)) ? roleOf(parent) : undefined}`;
  });
  const found = FAMILY.filter(([span, parent]) => {
    const at = told.indexOf(`${span} in ${parent}`);
    if (at >= 0) told.splice(at, 1);
    return at >= 0;
  });
  if (found.length === 0) return NO;
  const traces = new Set(members.map(({ traceId }) => sameId(traceId)));
  if (found.length === FAMILY.length && told.length === 0 && traces.size === 1) return YES;
  return `${found.length} of ${FAMILY.length} spans in place, ${traces.size} traces`;
}

function metrics(recorded: Recorded): string {
  const expected = Object.entries(METRICS);
  const found = expected.filter(([name, total]) => {
    const series = recorded.metrics.filter((metric) => metric.name === name);
    return (
      series.length > 0 &&
      (total === undefined || series.reduce((sum, { value }) => sum + value, 0) === total)
    );
  });
  return portion(found.length, expected.length);
}

/** Whether it names a problem for what did not arrive, and none for what did. */
function described(recorded: Recorded, problems: Played['problems']): string {
  if (!problems) return NO;
  const { spans, logs, metrics } = recorded;
  const arrived: Readonly<Record<string, boolean>> = {
    spans: spans.some(isOurs),
    logs: logs.some(({ body }) => OUR_BODIES.has(body)),
    metrics: metrics.some(({ name }) => isOurMetric(name)),
  };
  const named = problems.map((problem) => problem.split(':')[0] ?? '');
  const isTrue = Object.entries(arrived).every(([channel, has]) => named.includes(channel) !== has);
  // Others are of what ties spans together: the context manager, the propagator.
  const isTied = trace(recorded) === YES;
  return isTrue && named.every((what) => what in arrived || !isTied) ? YES : NO;
}
