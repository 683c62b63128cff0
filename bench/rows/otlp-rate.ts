import { inSpans } from '../cases/signals.js';
import { inTurn } from '../in-turn.js';
import { startCollector } from '../otlp/collector.js';
import type { Encoding } from '../otlp/exporter.js';
import { CountedExporter } from '../otlp/exporter.js';
import { startSpans } from '../otlp/payload.js';
import { readySeconds } from '../otlp/ready.js';
import type { Subject } from '../otlp/subject.js';
import { exporterDestination, rawSdk } from '../otlp/subject.js';
import { shownSpread, spreadOf } from '../spread.js';
import type { Measured, MeasureOptions, Row } from './row.js';

/** Records that are emitted and not answered at most: so much as any of the queues holds, so that none is lost, and more than a batch waits. */
const WINDOW = 2048;
/** Emitted in one turn of the loop at most, as a job does: what is emitted at once for a whole batch would hold up the export of the next. */
const PER_TURN = 64;
/** Shorter rounds would be mostly the draining of the queue. */
const LEAST_MILLIS = 150;
/** Each is of thousands of records: more would be minutes. */
const MOST_ROUNDS = 21;

interface Rate {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

/** Emits as fast as the queue takes it, until all is answered. What else the machine does in this thread's place is not counted. */
async function rateOf(subject: Subject, millis: number): Promise<Rate> {
  const { exporter } = subject;
  const before = exporter.answered;
  const failed = exporter.failed;
  const start = performance.now();
  const ready = readySeconds();
  const cpu = process.cpuUsage();
  let emitted = 0;
  do {
    const room = Math.min(PER_TURN, WINDOW - (emitted - (exporter.answered - before)));
    inSpans(room, (i) => subject.emit(i), emitted);
    emitted += room;
    await new Promise(setImmediate);
  } while (performance.now() - start < millis);
  await subject.flush();
  const seconds = (performance.now() - start) / 1e3 - (readySeconds() - ready);
  const { user, system } = process.cpuUsage(cpu);
  const answered = exporter.answered - before;
  if (answered !== emitted || exporter.failed > failed)
    throw new Error(`${subject.name}: ${answered} of ${emitted} records were answered`);
  return { perSecond: emitted / seconds, cpuMicros: (user + system) / emitted };
}

const WORDS: Readonly<Record<Encoding, string>> = { json: 'HTTP with JSON', proto: 'HTTP with protobuf' };

async function measureOne(encoding: Encoding, { rounds, millis }: MeasureOptions): Promise<Measured> {
  const collector = await startCollector();
  const subjects = [
    rawSdk(new CountedExporter(encoding, collector.url)),
    exporterDestination(new CountedExporter(encoding, collector.url)),
    exporterDestination(new CountedExporter(encoding, collector.url), 2),
  ];
  const length = Math.max(millis, LEAST_MILLIS);
  for (const subject of subjects) await rateOf(subject, length);
  const rates = await inTurn(subjects, Math.min(rounds, MOST_ROUNDS), (one) => rateOf(one, length));
  collector.close();
  const ratios = rates.map((of) =>
    spreadOf(of.map((rate, round) => rate.perSecond / (rates[0]?.[round]?.perSecond ?? Number.NaN))),
  );
  const notes = subjects.map(({ name }, i) => {
    const perSecond = spreadOf((rates[i] ?? []).map((rate) => rate.perSecond / 1e3));
    const cpu = spreadOf((rates[i] ?? []).map((rate) => rate.cpuMicros));
    const ratio = ratios[i];
    return `${WORDS[encoding]}, ${name}: ${shownSpread(perSecond, 0)} thousand records/s, ${ratio && shownSpread(ratio, 2)} of the SDK's, ${shownSpread(cpu, 1)} µs of CPU each`;
  });
  return {
    ...(ratios[1] ?? { value: Number.NaN, low: Number.NaN, high: Number.NaN }),
    against: subjects[0]?.name ?? '',
    notes,
  };
}

export const row: Row = {
  id: 'otlp-rate',
  what: "records/s through an exporter destination, the real OTLP exporter and HTTP on loopback, against the SDK's batch processor with the same exporter; the lesser of JSON and protobuf",
  unit: 'ratio',
  must: 1,
  aim: 1.5,
  bound: 'least',
  async measure(options) {
    startSpans();
    const json = await measureOne('json', options);
    const proto = await measureOne('proto', options);
    const lesser = json.value <= proto.value ? json : proto;
    return { ...lesser, notes: [...(json.notes ?? []), ...(proto.notes ?? [])] };
  },
};
