import type { ReceivedSpan } from '../../../test/support/otlp-model.js';
import { lateIn } from '../compare/lateness.js';
import { millisOf } from '../compare/moment.js';
import type { Accepted, Ask, Begin, End } from '../facts.js';
import type { ClockEvidence, ClockFinding } from './evidence.js';

/** From a moment of the engine or its store to the handler's line in the ledger, where its process is not made to wait. */
const CLOSE_MILLIS = 500;
const CUT_MILLIS = 3;
/** No duration in these runs is as long: what is longer is the jump. */
const LONG_SECONDS = 1000;

interface Moments {
  readonly asks: ReadonlyMap<string, Ask>;
  readonly accepted: ReadonlyMap<string, Accepted>;
  readonly begins: ReadonlyMap<string, Begin>;
  readonly ends: ReadonlyMap<string, End>;
  /** How far what is told of a time between two moments of the monotonic clock may be off. */
  readonly close: (from: number, to: number) => number;
}

/** Whether what was told is right by the monotonic clock of the machine, or left out. */
export function compareClock(evidence: ClockEvidence): ClockFinding {
  const { received } = evidence;
  const mismatches: string[] = [];
  const claim = (holds: boolean, mismatch: () => string): void => {
    if (!holds) mismatches.push(mismatch());
  };
  const moments = momentsOf(evidence);
  const waits = { told: 0, absent: 0 };
  const turnarounds = { told: 0, absent: 0 };
  const spans = new Map(received.spans.map((span) => [span.spanId, span]));
  for (const span of spans.values()) {
    const about = (text: string) => () =>
      `${span.name} of ${span.attributes['job.id']} (${span.spanId}) ${text}`;
    const [start, end] = [millisOf(span.start), millisOf(span.end)];
    claim(end >= start, about('ends before it begins'));
    for (const { name, time } of span.events)
      claim(
        millisOf(time) >= start - 0.002 && millisOf(time) <= end + 0.002,
        about(
          `has the event ${name} ${(millisOf(time) - start).toFixed(3)} ms from its begin, and lasts ${(end - start).toFixed(3)} ms`,
        ),
      );
    const parent = spans.get(span.parentSpanId ?? '');
    if (parent !== undefined)
      claim(
        start >= millisOf(parent.start) - evidence.jumpMillis - CLOSE_MILLIS,
        about('begins before its parent by more than a jump'),
      );
    compareDurations(span.attributes, about(''), claim);
    if (span.attributes['messaging.operation.name'] === 'process')
      compareAttempt(span, moments, claim, about, waits);
  }
  for (const { eventName, time, attributes } of received.logs) {
    compareDurations(
      attributes,
      () => `the record ${eventName} of ${attributes['job.id']} at ${time}`,
      claim,
    );
    if (eventName !== 'job.completed') continue;
    const told = attributes['job.turnaround.duration'];
    turnarounds[told === undefined ? 'absent' : 'told']++;
    const last = [...moments.ends.values()].filter(({ id }) => id === attributes['job.id']).at(-1);
    const ask = last && moments.asks.get(moments.begins.get(last.span)?.key ?? '');
    if (told === undefined || last === undefined || ask === undefined) continue;
    const longest = last.mono - ask.mono + moments.close(ask.mono, last.mono);
    claim(
      Number(told) * 1000 <= longest,
      () =>
        `${attributes['job.id']} is told with a turnaround of ${told} s, and it was ${(longest / 1000).toFixed(1)} s at most`,
    );
  }
  for (const { metric, value, sum, count } of received.series)
    if (/duration|age|busy\.time/.test(metric)) {
      const total = count > 0 ? sum / count : value;
      claim(
        total >= 0 && total < LONG_SECONDS,
        () => `the metric ${metric} has ${count > 0 ? `a mean of ${total}` : total} s`,
      );
    }
  return { mismatches, attempts: moments.begins.size, waits, turnarounds };
}

function momentsOf({ facts }: ClockEvidence): Moments {
  const asks = new Map<string, Ask>();
  const accepted = new Map<string, Accepted>();
  const begins = new Map<string, Begin>();
  const ends = new Map<string, End>();
  for (const fact of facts) {
    if (fact.fact === 'ask') asks.set(fact.key, fact);
    if (fact.fact === 'accepted') accepted.set(fact.key, fact);
    if (fact.fact === 'begin') begins.set(fact.span, fact);
    if (fact.fact === 'end') ends.set(fact.span, fact);
  }
  const close = (from: number, to: number): number =>
    CLOSE_MILLIS + lateIn(facts, from - CLOSE_MILLIS, to + CLOSE_MILLIS, 'mono');
  return { asks, accepted, begins, ends, close };
}

type Claim = (holds: boolean, mismatch: () => string) => void;

function compareDurations(
  attributes: Readonly<Record<string, unknown>>,
  about: () => string,
  claim: Claim,
): void {
  for (const [key, value] of Object.entries(attributes))
    if (/\.(duration|delay|oldest_age)$/.test(key))
      claim(Number(value) >= 0 && Number(value) < LONG_SECONDS, () => `${about()} has ${key} ${value}`);
}

function compareAttempt(
  span: ReceivedSpan,
  { asks, accepted, begins, ends, close }: Moments,
  claim: Claim,
  about: (text: string) => () => string,
  waits: { told: number; absent: number },
): void {
  const begin = begins.get(span.spanId);
  claim(begin !== undefined, about('was run by no handler'));
  if (begin === undefined) return;
  const end = ends.get(span.spanId);
  const millis = millisOf(span.end) - millisOf(span.start);
  if (end !== undefined) {
    const ran = end.mono - begin.mono;
    claim(
      millis >= ran - CUT_MILLIS && millis <= ran + close(begin.mono, end.mono),
      about(`lasts ${millis.toFixed(1)} ms, and its handler ${ran.toFixed(1)} ms`),
    );
  }
  const wait = span.attributes['job.wait.duration'];
  waits[wait === undefined ? 'absent' : 'told']++;
  const [ask, taken] = [asks.get(begin.key), accepted.get(begin.key)];
  if (wait === undefined || ask === undefined) return;
  const told = Number(wait) * 1000;
  const before = [...ends.values()].filter(({ id, mono }) => id === begin.id && mono < begin.mono).at(-1);
  const since = before?.mono ?? ask.mono;
  const longest = begin.mono - since;
  claim(
    told <= longest + close(since, begin.mono),
    about(`is told to have waited ${told.toFixed(0)} ms, and could for ${longest.toFixed(0)} ms`),
  );
  if (before !== undefined || taken === undefined) return;
  const shortest = begin.mono - taken.mono;
  claim(
    told >= shortest - close(taken.mono, begin.mono),
    about(`is told to have waited ${told.toFixed(0)} ms, and did for ${shortest.toFixed(0)} ms`),
  );
}
