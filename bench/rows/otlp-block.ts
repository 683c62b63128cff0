import { inSpans } from '../cases/signals.js';
import { inTurn } from '../in-turn.js';
import { startCollector } from '../otlp/collector.js';
import type { Encoding } from '../otlp/exporter.js';
import { CountedExporter } from '../otlp/exporter.js';
import { startSpans } from '../otlp/payload.js';
import type { Subject } from '../otlp/subject.js';
import { exporterDestination, rawSdk } from '../otlp/subject.js';
import { Turns } from '../otlp/turns.js';
import { quantile, shownSpread, spreadOf } from '../spread.js';
import type { Measured, MeasureOptions, Row } from './row.js';

const RECORDS = 10_000;
/** In each round: the 99th percentile of one export's twenty batches would be the longest of them. */
const EXPORTS = 5;
/** Each is of tens of thousands of records: more would be minutes. */
const MOST_ROUNDS = 7;
/** A turn in which nothing was done lasts some microseconds. Thousands of them would hide those that count. */
const WORK_MILLIS = 0.25;

interface Blocks {
  /** The 99th percentile of the turns that did something, and the longest turn of an export in the median. */
  readonly p99: number;
  readonly longest: number;
}

async function blocksOf(subject: Subject): Promise<Blocks> {
  const worked: number[] = [];
  const longest: number[] = [];
  for (let i = 0; i < EXPORTS; i++) {
    inSpans(RECORDS, (n) => subject.emit(n));
    // The emits are the app's own block, and over.
    await new Promise(setImmediate);
    const turns = new Turns();
    turns.start();
    await subject.flush();
    const lengths = turns.stop();
    worked.push(...lengths.filter((length) => length > WORK_MILLIS));
    longest.push(quantile(lengths, 1));
  }
  return { p99: quantile(worked, 0.99), longest: quantile(longest, 0.5) };
}

async function measureOne(encoding: Encoding, { rounds }: MeasureOptions): Promise<Measured> {
  const collector = await startCollector();
  const subjects = [
    exporterDestination(new CountedExporter(encoding, collector.url)),
    exporterDestination(new CountedExporter(encoding, collector.url), 4),
    rawSdk(new CountedExporter(encoding, collector.url)),
  ];
  for (const subject of subjects) await blocksOf(subject);
  const blocks = await inTurn(subjects, Math.min(rounds, MOST_ROUNDS), (one) => blocksOf(one));
  collector.close();
  const notes = subjects.map(({ name }, i) => {
    const of = blocks[i] ?? [];
    const p99 = spreadOf(of.map((one) => one.p99));
    const longest = spreadOf(of.map((one) => one.longest));
    return `${encoding}, ${name}: ${shownSpread(p99, 1)} ms, the longest turn of an export ${shownSpread(longest, 1)} ms`;
  });
  return { ...spreadOf((blocks[0] ?? []).map((one) => one.p99)), against: '', notes };
}

export const row: Row = {
  id: 'otlp-block',
  what: 'how long the loop is blocked while 10,000 records are exported by OTLP: the 99th percentile of the turns that do something; the greater of JSON and protobuf',
  unit: 'ms',
  must: 10,
  aim: 5,
  async measure(options) {
    startSpans();
    const json = await measureOne('json', options);
    const proto = await measureOne('proto', options);
    const greater = json.value >= proto.value ? json : proto;
    return { ...greater, notes: [...(json.notes ?? []), ...(proto.notes ?? [])] };
  },
};
