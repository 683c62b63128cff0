import { millisOf } from '../../support/compare.js';
import type { Attributes, Received, ReceivedSeries } from '../../support/otlp-model.js';
import type { OwnKind, Told } from '../subjects/poison-told.js';
import { HUGE, HUGES, ITEMS, POISONED, SPANS, TOO_LARGE } from '../subjects/poison-told.js';

/** One run of the program, and what the collector's backends got of it. */
export interface PoisonRun {
  readonly told: Told;
  readonly received: Received;
  readonly fromMillis: number;
  readonly toMillis: number;
}

/** A refused batch is halved until the poison is alone: two requests for each halving. */
const MOST_FURTHER = 2 * Math.log2(ITEMS) + 2;
/** The values and the two moments that the wire can not carry. */
const OUT_OF_RANGE = 3;
const GOOD = ITEMS - HUGES.length;
const SIZE = 1.5;
const CLOCKS_MILLIS = 1000;

/** Signals of ours: each arrives, without what no request can carry, and that is counted. */
export function compareSignals(run: PoisonRun): string[] {
  const { told, received } = run;
  const { found, claim } = claims();
  const events = received.spans.flatMap((span) => span.events);
  claim(received.spans.length === SPANS, `${received.spans.length} spans arrived, not ${SPANS}`);
  for (const [what, items] of Object.entries({ records: received.logs, 'span events': events })) {
    const indexes = indexesOf(items);
    claim(indexes.size === ITEMS && items.length === ITEMS, `${items.length} ${what} arrived, not ${ITEMS}`);
    const large = items.find(({ attributes }) => attributes['item.index'] === TOO_LARGE);
    claim(large?.attributes['item.value'] === undefined, `${what} have ${large?.attributes['item.value']}`);
    const strange = items.filter(({ time }) => !isDuring(run, time));
    claim(strange.length === 0, `of the ${what} ${strange.length} have another time, as ${strange[0]?.time}`);
  }
  const { channels } = told.stats.destinations.collector;
  for (const channel of ['logs', 'spans'] as const) {
    const { routed, delivered } = channels[channel];
    claim(routed === delivered, `of ${routed} ${channel} stats() calls ${delivered} delivered`);
    const { sent } = told.requests[channel];
    claim(sent === 1, `the ${channel} went in ${sent} requests, not 1`);
  }

  const made = seriesOf(received, 'item.made');
  claim(made?.value === ITEMS, `item.made is ${made?.value}, not ${ITEMS}`);
  const sizes = seriesOf(received, 'item.size');
  // A point carries a double, so the first of the huge ones is measured; with the second the sum would not be finite.
  claim(sizes?.count === GOOD + 1, `item.size has ${sizes?.count} values, not ${GOOD + 1}`);
  const sum = SIZE * GOOD + HUGE;
  claim(sizes?.sum === sum, `item.size has the sum ${sizes?.sum}, not ${sum}`);
  const total = seriesOf(received, 'item.total');
  claim(total?.value === sum, `item.total is ${total?.value}, not ${sum}`);
  const { outOfRange } = told.stats.values;
  const unfit = OUT_OF_RANGE + HUGES.length;
  claim(outOfRange === unfit, `stats() counts ${outOfRange} values out of range, not ${unfit}`);
  const dropped = sumOf(channels.metrics.dropped);
  const refused = 2 * (HUGES.length - 1);
  claim(dropped === refused, `stats() counts ${dropped} measurements dropped, not ${refused}`);
  return found;
}

/** Items of the app's own: only the poisoned one is lost, it is counted, and little more is sent for it. */
export function compareOwn(run: PoisonRun, kind: OwnKind): string[] {
  const { told, received } = run;
  const { found, claim } = claims();
  const channel = channelOf(kind);
  const items: readonly { attributes: Attributes }[] = received[channel];
  const indexes = indexesOf(items);
  claim(
    items.length === ITEMS - 1 && indexes.size === ITEMS - 1 && !indexes.has(POISONED),
    `${items.length} arrived, not ${ITEMS - 1}${indexes.has(POISONED) ? ', the poisoned one among them' : ''}`,
  );
  const { delivered, failed, dropped } = told.stats.destinations.collector.channels[channel];
  claim(
    delivered === ITEMS - 1 && failed === 0 && dropped.refused === 1 && sumOf(dropped) === 1,
    `stats() calls ${delivered} delivered, ${failed} failed, and dropped ${JSON.stringify(dropped)}`,
  );
  const further = sentOf(run, kind) - 1;
  claim(further <= MOST_FURTHER, `${further} further requests were made, more than ${MOST_FURTHER}`);
  return found;
}

/** How many requests went out with items of the app's own. */
export function sentOf({ told }: PoisonRun, kind: OwnKind): number {
  return told.requests[channelOf(kind)].sent;
}

function channelOf(kind: OwnKind): 'logs' | 'spans' {
  return kind.includes('span') ? 'spans' : 'logs';
}

function claims() {
  const found: string[] = [];
  const claim = (holds: boolean, mismatch: string): void => {
    if (!holds) found.push(mismatch);
  };
  return { found, claim };
}

function indexesOf(items: readonly { attributes: Attributes }[]): Set<unknown> {
  return new Set(items.map(({ attributes }) => attributes['item.index']));
}

function isDuring({ fromMillis, toMillis }: PoisonRun, time: string): boolean {
  const at = millisOf(time);
  return fromMillis - CLOCKS_MILLIS <= at && at <= toMillis + CLOCKS_MILLIS;
}

function seriesOf({ series }: Received, metric: string): ReceivedSeries | undefined {
  return series.find((one) => one.metric === metric);
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}
