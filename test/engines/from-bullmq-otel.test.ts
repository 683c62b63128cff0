import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Attributes } from '@opentelemetry/api';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Processor, QueueOptions, WorkerOptions } from 'bullmq';
import { FlowProducer, Queue, WaitingChildrenError, WaitingError, Worker } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import { createSignalbox } from 'signalbox';
import type { BullMQJobs } from 'signalbox/bullmq';
import { bullmqJobs } from 'signalbox/bullmq';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TestOtel } from '../support/otel.js';
import { pointsOf, resetOtel, startOtel } from '../support/otel.js';
import type { Redis } from './support/redis.js';
import { startRedis } from './support/redis.js';

const PAGE = readFileSync(new URL('../../docs/from-bullmq-otel.md', import.meta.url), 'utf8');
const LISTED = 'receipt';
const UNLISTED = 'newsletter';
const OPTIONS: ReadonlySet<string> = new Set(['types', 'redactText', 'opts']);
const FAILURE = 'the mail server is down';

type Mail = Record<string, string>;
type Side = 'bullmq-otel' | 'signalbox';

/** What was sent, and the names of everything in it. */
interface Sent {
  readonly queue: string;
  readonly spans: readonly ReadableSpan[];
  readonly events: ReadonlySet<string>;
  /** Of spans, their events and log records. */
  readonly attributes: ReadonlySet<string>;
  readonly metrics: ReadonlySet<string>;
  readonly labels: ReadonlySet<string>;
  readonly values: ReadonlySet<string>;
  readonly logs: number;
  /** Sum of messaging.process.duration. */
  readonly processSeconds: number;
}

/** What an app does with BullMQ, as it is written with the one and the other. */
interface Shop {
  queue(): Queue<Mail>;
  flows(): FlowProducer;
  worker(processor: Processor<Mail, unknown>, options?: Partial<WorkerOptions>): Worker<Mail, unknown>;
  close(): Promise<void>;
}

function shopOf(side: Side, name: string, connection: Redis['connection']): Shop {
  const open: { close(): Promise<void> }[] = [];
  const kept = <T extends { close(): Promise<void> }>(one: T): T => {
    open.push(one);
    return one;
  };
  const box = createSignalbox();
  const jobs: BullMQJobs | undefined =
    side === 'signalbox' ? bullmqJobs(box, { types: [LISTED] }) : undefined;
  const options: Omit<QueueOptions, 'prefix'> = jobs
    ? { connection }
    : {
        connection,
        telemetry: new BullMQOtel({ tracerName: 'shop', meterName: 'shop', enableMetrics: true }),
      };
  const make =
    (given: Partial<WorkerOptions>) =>
    (processor: Processor<Mail, unknown>): Worker<Mail, unknown> => {
      const worker = new Worker<Mail>(name, processor, { drainDelay: 1, ...options, ...given });
      worker.on('error', () => undefined);
      return kept(worker);
    };
  return {
    queue: () => {
      const queue = kept(new Queue<Mail>(name, options));
      if (!jobs) return queue;
      kept({ close: async () => void (await box.shutdown()) });
      jobs.monitor(queue, { intervalMillis: 50 });
      return jobs.queue(queue);
    },
    flows: () => {
      const flows = kept(new FlowProducer(options));
      return jobs ? jobs.flowProducer(flows) : flows;
    },
    worker: (processor, given = {}) =>
      jobs ? jobs.worker<Mail>(processor, make(given)) : make(given)(processor),
    close: async () => {
      for (const one of open.reverse()) await one.close();
    },
  };
}

/** The names of the metrics that give points now. */
async function collect(otel: TestOtel, into: { metrics: Set<string>; labels: Attributes[] }): Promise<void> {
  for (const [name, metric] of await otel.metrics()) {
    const points = pointsOf(metric);
    if (points.length === 0) continue;
    into.metrics.add(name);
    into.labels.push(...points.map(({ labels }) => labels));
  }
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  await vi.waitFor(
    async () => {
      if (!(await holds())) throw new Error(`not yet: ${what}`);
    },
    { timeout: 30_000, interval: 10 },
  );
}

/** Mails that succeed, fail and are tried again, are put back, wait for others, come in flows and by a clock, and lose their worker. */
async function play(side: Side, connection: Redis['connection']): Promise<Sent> {
  const otel = startOtel();
  const name = `mail-${randomUUID().slice(0, 8)}`;
  const shop = shopOf(side, name, connection);
  const metered = { metrics: new Set<string>(), labels: [] as Attributes[] };
  try {
    const queue = shop.queue();
    const flows = shop.flows();
    let hold = (): void => undefined;
    let isHeld = false;
    const held = new Promise<void>((resolve) => {
      hold = resolve;
    });
    const process: Processor<Mail, unknown> = async (job, token) => {
      const { does } = job.data;
      if (does === 'fail' || (does === 'fail once' && job.attemptsMade === 0)) throw new Error(FAILURE);
      if (does === 'wait' && job.attemptsStarted === 1) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      if (does === 'have a child' && job.attemptsStarted === 1) {
        const parent = { id: job.id ?? '', queue: job.queueQualifiedName };
        await queue.add(LISTED, {}, { parent });
        if (await job.moveToWaitingChildren(token ?? '')) throw new WaitingChildrenError();
      }
      if (does === 'hang' && job.attemptsStarted === 1) {
        isHeld = true;
        await held;
      }
      return 'sent';
    };
    const worker = shop.worker(process, { name: 'post-office', skipStalledCheck: true });
    const ids = await Promise.all([
      queue.add(LISTED, {}),
      queue.add(LISTED, { does: 'fail once' }, { attempts: 2, backoff: { type: 'fixed', delay: 30 } }),
      queue.add(LISTED, { does: 'fail once' }, { attempts: 2 }),
      queue.add(LISTED, { does: 'fail' }),
      queue.add(LISTED, { does: 'wait' }),
      queue.add(LISTED, { does: 'have a child' }),
      queue.addBulk([{ name: UNLISTED, data: {} }]).then(([job]) => job),
      flows
        .add({
          name: LISTED,
          queueName: name,
          data: {},
          children: [{ name: LISTED, queueName: name, opts: {} }],
        })
        .then(({ job }) => job),
    ]).then((added) => added.map((job) => job?.id ?? ''));
    await queue.upsertJobScheduler('ticks', { every: 60, limit: 3 }, { name: LISTED });
    const ended = async (count: number): Promise<boolean> => {
      const { completed = 0, failed = 0 } = await queue.getJobCounts('completed', 'failed');
      return completed + failed === count;
    };
    // Beside them the child that was added, the child of the flow, and three ticks.
    await until(() => ended(ids.length + 5), 'all have ended');
    await queue.recordJobCountsMetric();
    const { id = '' } = await queue.add(LISTED, {}, { delay: 60_000 });
    const [unlisted] = await queue.addBulk([{ name: UNLISTED, data: {}, opts: { delay: 60_000 } }]);
    await queue.updateJobProgress(id, 50);
    await queue.remove(id);
    await queue.remove(unlisted?.id ?? '');
    await worker.close();

    const vanishing = shop.worker(process, {
      lockDuration: 200,
      skipStalledCheck: true,
    });
    await queue.add(LISTED, { does: 'hang' }, { attempts: 2 });
    await until(() => isHeld, 'it hangs');
    if (side === 'bullmq-otel')
      await until(() => otel.spans(`extendLocks ${name}`).length > 0, 'its lock is renewed');
    await queue.add(LISTED, {});
    await until(async () => {
      await collect(otel, metered);
      return side === 'bullmq-otel' || metered.metrics.has('queue.oldest.age');
    }, 'a job that waits is seen');
    await vanishing.close(true);
    hold();
    const rescuer = shop.worker(process, { stalledInterval: 100 });
    await until(() => ended(ids.length + 7), 'the stalled one and the one behind it have ended');
    await collect(otel, metered);
    await rescuer.close();
  } finally {
    await shop.close();
  }
  const spans = otel.spans();
  const logs = otel.logs();
  const durations = await otel.points('messaging.process.duration');
  const attributes = [
    ...spans.flatMap(({ attributes, events }) => [attributes, ...events.map((event) => event.attributes)]),
    ...logs.map((record) => record.attributes as Attributes),
  ].filter((given) => given !== undefined);
  const keys = (all: readonly Attributes[]): Set<string> => new Set(all.flatMap((one) => Object.keys(one)));
  const sent: Sent = {
    queue: name,
    spans,
    logs: logs.length,
    processSeconds: durations.reduce((total, { sum = 0 }) => total + sum, 0),
    events: new Set([
      ...spans.flatMap(({ events }) => events.map((event) => event.name)),
      ...logs.flatMap(({ eventName }) => eventName ?? []),
    ]),
    attributes: keys(attributes),
    metrics: metered.metrics,
    labels: keys(metered.labels),
    values: new Set(
      [...attributes, ...metered.labels].flatMap((one) =>
        Object.values(one).filter((value) => typeof value === 'string'),
      ),
    ),
  };
  await otel.shutdown();
  resetOtel();
  return sent;
}

/** Rows of the tables under a heading: the code words of the left and of the right column, and the cells. */
function rowsUnder(heading: string): { readonly left: string; readonly right: string }[] {
  const [, after = ''] = PAGE.split(`\n## ${heading}\n`);
  const [section = ''] = after.split('\n## ');
  const rows = [...section.matchAll(/^\| ?(.*?) \| (.*) \|$/gm)].map(([, left = '', right = '']) => {
    const cells = right.split(' | ');
    return cells.length === 2 ? { left: cells[0] ?? '', right: cells[1] ?? '' } : { left, right };
  });
  return rows.filter(({ left }) => left !== 'bullmq-otel');
}

const wordsOf = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

/** What is no span's name, and no option of ours or of BullMQ's. */
const plain = (words: readonly string[]): string[] =>
  words.filter((word) => !word.includes('<') && !OPTIONS.has(word) && !word.endsWith('()'));

function kindOf(cell: string): SpanKind | undefined {
  const [, kind] = /\((PRODUCER|CONSUMER|INTERNAL)\)/.exec(cell) ?? [];
  return kind === undefined ? undefined : SpanKind[kind as keyof typeof SpanKind];
}

/** What a row says of spans, held against those that were sent. */
function expectSpans(cell: string, words: readonly string[], sent: Sent): void {
  const named = words.filter((word) => word.includes('<'));
  for (const word of named) {
    const name = word.replace('<queue>', sent.queue).replace('<job name>', LISTED);
    const kinds = new Set(sent.spans.filter((span) => span.name === name).map(({ kind }) => kind));
    expect([...kinds], `spans ${name}`).toEqual([kindOf(cell)]);
  }
}

describe('docs/from-bullmq-otel.md', () => {
  let redis: Redis;
  let theirs: Sent;
  let ours: Sent;
  beforeAll(async () => {
    redis = await startRedis();
    theirs = await play('bullmq-otel', redis.connection);
    ours = await play('signalbox', redis.connection);
  }, 90_000);
  afterAll(() => redis?.stop());

  /** Any name that was sent. */
  const knows = (sent: Sent, word: string): boolean =>
    [sent.events, sent.attributes, sent.metrics, sent.labels, sent.values].some((names) => names.has(word));

  const parentOf = (span: ReadableSpan | undefined): string | undefined => span?.parentSpanContext?.spanId;

  const attemptsOf = (sent: Sent): ReadableSpan[] =>
    sent.spans.filter(({ kind, name }) => kind === SpanKind.CONSUMER && name.startsWith('process'));

  test('the tables are read', () => {
    expect(rowsUnder('What changes in what you see').length).toBeGreaterThan(8);
    expect(rowsUnder('Spans').length).toBeGreaterThan(4);
    expect(rowsUnder('Attributes of spans').length).toBeGreaterThan(8);
    expect(rowsUnder('Metrics').length).toBeGreaterThan(6);
    expect(rowsUnder('Labels of metrics').length).toBeGreaterThan(3);
  });

  test('Spans - those of bullmq-otel are sent by it, of that kind', () => {
    for (const { left } of rowsUnder('Spans').filter(({ left }) => left !== '–')) {
      const words = wordsOf(left);
      expect(words.length).toBeGreaterThan(0);
      expectSpans(left, words, theirs);
      for (const word of plain(words)) expect([...theirs.events]).toContain(word);
    }
  });

  test('Spans - those of signalbox are sent by it, of that kind, and so are the events', () => {
    for (const { right } of rowsUnder('Spans')) {
      const words = wordsOf(right);
      expectSpans(right, words, ours);
      for (const word of plain(words)) expect([...ours.events]).toContain(word);
    }
  });

  test('Spans - the page has every PRODUCER and CONSUMER span of both', () => {
    for (const [side, sent] of [
      ['left', theirs],
      ['right', ours],
    ] as const) {
      const named = rowsUnder('Spans')
        .flatMap((row) => wordsOf(row[side]))
        .map((word) => word.replace('<queue>', sent.queue).replace('<job name>', LISTED));
      const messaging = sent.spans.filter(({ kind }) => kind !== SpanKind.INTERNAL).map(({ name }) => name);
      expect(named).toEqual(expect.arrayContaining([...new Set(messaging)]));
    }
    const internal = ours.spans.filter(({ kind }) => kind === SpanKind.INTERNAL).map(({ name }) => name);
    expect([...new Set(internal)].sort()).toEqual([`settle ${LISTED}`, `settle ${ours.queue}`].sort());
  });

  test('Attributes of spans - those of bullmq-otel are sent by it, and the page has all that it sent', () => {
    const words = rowsUnder('Attributes of spans').flatMap(({ left }) => wordsOf(left));
    expect(words.sort()).toEqual([...theirs.attributes].sort());
  });

  test('Attributes of spans - those of signalbox are sent by it', () => {
    const words = rowsUnder('Attributes of spans').flatMap(({ right }) => wordsOf(right));
    for (const word of plain(words)) expect(knows(ours, word), word).toBe(true);
  });

  test('Metrics - those of bullmq-otel are sent by it, and the page has all that it sent', () => {
    const words = rowsUnder('Metrics').flatMap(({ left }) => wordsOf(left));
    expect(words.sort()).toEqual([...theirs.metrics].sort());
  });

  test('Metrics - those of signalbox, their labels and values are sent by it', () => {
    const words = rowsUnder('Metrics').flatMap(({ right }) => wordsOf(right));
    for (const word of words) expect(knows(ours, word), word).toBe(true);
    const metrics = [...ours.metrics].filter((metric) => !metric.startsWith('signalbox.'));
    expect(words).toEqual(expect.arrayContaining(metrics));
  });

  test('Labels of metrics - both are sent, and the page has all that bullmq-otel sent', () => {
    const rows = rowsUnder('Labels of metrics');
    expect(rows.flatMap(({ left }) => wordsOf(left)).sort()).toEqual([...theirs.labels].sort());
    for (const word of plain(rows.flatMap(({ right }) => wordsOf(right))))
      expect(knows(ours, word), word).toBe(true);
  });

  test('What changes - every name in it is sent', () => {
    for (const { left, right } of rowsUnder('What changes in what you see')) {
      for (const word of plain(wordsOf(left)).filter((word) => !word.startsWith('add')))
        expect(knows(theirs, word), word).toBe(true);
      for (const word of plain(wordsOf(right))) expect(knows(ours, word), word).toBe(true);
    }
  });

  test('What changes - failed attempts: unset there, ERROR with error.type here', () => {
    const failed = (sent: Sent, is: (span: ReadableSpan) => boolean): ReadableSpan[] =>
      attemptsOf(sent).filter(is);
    const there = failed(theirs, ({ events }) => events.some(({ name }) => name === 'job failed'));
    expect(there).toHaveLength(3);
    for (const { status } of there) expect(status.code).toBe(SpanStatusCode.UNSET);
    const here = failed(ours, ({ attributes }) => attributes['job.attempt.outcome'] === 'failed');
    expect(here).toHaveLength(3);
    for (const { status, attributes } of here) {
      expect(status).toEqual({ code: SpanStatusCode.ERROR, message: FAILURE });
      expect(attributes['error.type']).toBe('Error');
    }
  });

  test('What changes - a forced close: like any other there, lost and ERROR here', () => {
    for (const { status } of attemptsOf(theirs)) expect(status.code).toBe(SpanStatusCode.UNSET);
    const lost = attemptsOf(ours).filter(({ attributes }) => attributes['job.attempt.outcome'] === 'lost');
    expect(lost.map(({ status }) => status.code)).toEqual([SpanStatusCode.ERROR]);
  });

  test('What changes - attempts of one job: siblings without order there, numbered and linked here', () => {
    const triedAgain = (sent: Sent, id: string): ReadableSpan[][] => {
      const jobs = new Set(attemptsOf(sent).map(({ attributes }) => attributes[id]));
      return [...jobs]
        .map((job) => attemptsOf(sent).filter(({ attributes }) => attributes[id] === job))
        .filter(({ length }) => length > 1);
    };
    expect(triedAgain(theirs, 'bullmq.job.id').length).toBeGreaterThan(2);
    for (const attempts of triedAgain(theirs, 'bullmq.job.id')) {
      expect(new Set(attempts.map(parentOf)).size).toBe(1);
      expect(attempts.flatMap(({ links }) => links)).toEqual([]);
    }
    const here = triedAgain(ours, 'job.id').filter((attempts) =>
      attempts.some(({ attributes }) => attributes['job.attempt.outcome'] === 'failed'),
    );
    expect(here).toHaveLength(2);
    for (const [first, second] of here) {
      expect(first?.attributes['job.attempt.number']).toBe(1);
      expect(second?.attributes['job.attempt.number']).toBe(2);
      expect(second?.links.map(({ context }) => context.spanId)).toEqual([first?.spanContext().spanId]);
    }
  });

  test('What changes - a scheduler: one trace that grows there, a trace for each tick here', () => {
    const ticks = (sent: Sent, id: string): ReadableSpan[] =>
      attemptsOf(sent).filter(({ attributes }) => String(attributes[id]).startsWith('repeat:ticks'));
    const there = ticks(theirs, 'bullmq.job.id');
    expect(there).toHaveLength(3);
    expect(new Set(there.map(parentOf)).size).toBe(1);
    const add = theirs.spans.find((span) => span.spanContext().spanId === parentOf(there[0]));
    expect(add?.name).toBe(`add ${theirs.queue}.${LISTED}`);
    const here = ticks(ours, 'job.id');
    expect(here).toHaveLength(3);
    expect(new Set(here.map((span) => span.spanContext().traceId)).size).toBe(3);
    expect(here.map(parentOf)).toEqual([undefined, undefined, undefined]);
  });

  test('What changes - a flow: a node without opts is a trace of its own there, child of its enqueue here', () => {
    // Ids that BullMQ made of itself: the two jobs of the flow.
    const nodes = (sent: Sent, id: string): ReadableSpan[] =>
      attemptsOf(sent).filter(({ attributes }) => /^[0-9a-f]{8}-/.test(String(attributes[id])));
    const there = nodes(theirs, 'bullmq.job.id').map(parentOf);
    expect(there).toHaveLength(2);
    const addNodes = theirs.spans.filter(({ name }) => name.startsWith('addNode'));
    expect(there).toEqual(expect.arrayContaining([undefined, expect.anything()]));
    expect(addNodes.map((span) => span.spanContext().spanId)).toContain(there.find((id) => id));
    const here = nodes(ours, 'job.id');
    expect(here).toHaveLength(2);
    for (const span of here) {
      const enqueue = ours.spans.find((one) => one.spanContext().spanId === parentOf(span));
      expect(enqueue?.name).toBe(`enqueue ${LISTED}`);
    }
  });

  test('What changes - the duration of an attempt equals its span here', () => {
    const lasted = attemptsOf(ours)
      .filter(({ attributes }) => ['completed', 'failed'].includes(String(attributes['job.attempt.outcome'])))
      .reduce((sum, { duration: [seconds, nanos] }) => sum + seconds + nanos / 1e9, 0);
    expect(ours.processSeconds).toBeCloseTo(lasted, 3);
  });

  test('What changes - no log records there', () => {
    expect(theirs.logs).toBe(0);
    expect(ours.logs).toBeGreaterThan(0);
  });
});
