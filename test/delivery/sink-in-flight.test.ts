import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Mark, Port } from '../../src/delivery/destination.js';
import { writeAsAtExit } from '../../src/delivery/process-exit.js';
import type { SinkCall, SinkFunction } from '../../src/delivery/sink-function.js';
import { connectSink } from '../../src/delivery/sink-port.js';
import type { ExitOutcome } from '../../src/delivery/write-at-exit.js';
import { writesAtExit } from '../../src/delivery/write-at-exit.js';
import type { Emission } from '../../src/emission/emission.js';
import type { TestConnection, Waiting } from './helpers.js';
import { connectionOf, deadline, numbered, passed, settle, waiting } from './helpers.js';

interface Setup {
  readonly port: Port;
  readonly connection: TestConnection;
  readonly sink: SinkFunction;
  /** What the sink was called with, in order. */
  readonly called: string[];
  readonly calls: SinkCall[];
  /** The answers that it owes, by the number of the emission. */
  readonly answers: Waiting<unknown>[];
  give(...emissions: readonly Emission[]): void;
  counts(): ReturnType<TestConnection['sinkAccount']['counts']>;
}

/** A sink that takes so many in flight, and answers when the test does. */
function setUp(inFlight: number, bounds: { capacity?: number; capacityBytes?: number } = {}): Setup {
  const connection = connectionOf();
  const called: string[] = [];
  const calls: SinkCall[] = [];
  const answers: Waiting<unknown>[] = [];
  const fn: SinkFunction = ({ message }, call) => {
    called.push(message);
    calls.push(call);
    const answer = waiting<unknown>();
    answers[Number(message)] = answer;
    return answer.promise as Promise<undefined>;
  };
  const sink = Object.assign(fn, { inFlight });
  const port = connectSink(sink, bounds, connection);
  return {
    port,
    connection,
    sink,
    called,
    calls,
    answers,
    give: (...emissions) => {
      for (const emission of emissions) port.accept?.(emission, undefined, 10);
    },
    counts: () => connection.sinkAccount.counts(),
  };
}

describe('a sink that takes several in flight', () => {
  test('accept() - begins so many calls, in order, and the next with each answer', async () => {
    const { give, called, answers, counts } = setUp(3);
    give(...numbered(6));
    await settle();
    expect(called).toEqual(['0', '1', '2']);
    answers[1]?.resolve(undefined);
    await settle();
    expect(called).toEqual(['0', '1', '2', '3']);
    answers[3]?.resolve(undefined);
    answers[2]?.resolve(undefined);
    await settle();
    expect(called).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(counts()).toMatchObject({ routed: 6, delivered: 3, queued: 3 });
  });

  test('accept() - begins a call for what comes while others are open', async () => {
    const { give, called } = setUp(2);
    const [first, second, third] = numbered(3) as [Emission, Emission, Emission];
    give(first);
    await settle();
    give(second);
    await settle();
    give(third);
    await settle();
    expect(called).toEqual(['0', '1']);
  });

  test('accept() - counts each answer for its own emission, once', async () => {
    const { give, answers, counts, connection } = setUp(4);
    give(...numbered(4));
    await settle();
    answers[3]?.resolve({ dropped: 'filtered' });
    answers[0]?.reject(new Error('no'));
    await settle();
    expect(counts()).toMatchObject({ dropped: { filtered: 1 }, failed: 1, delivered: 0, queued: 2 });
    answers[1]?.resolve(undefined);
    answers[2]?.resolve({ dropped: 'late' });
    await settle();
    expect(counts()).toMatchObject({ dropped: { filtered: 1, late: 1 }, failed: 1, delivered: 1, queued: 0 });
    expect(connection.reports).toHaveLength(1);
  });

  test('accept() - bounds what waits and what is in flight together', async () => {
    const { give, port, counts, answers } = setUp(2, { capacity: 3 });
    give(...numbered(5));
    await settle();
    expect(port.queue?.()).toMatchObject({ size: 3, bytes: 30, capacity: 3 });
    expect(counts()).toMatchObject({ dropped: { queue_full: 2 }, queued: 3 });
    answers[1]?.resolve(undefined);
    await settle();
    expect(port.queue?.()).toMatchObject({ size: 2, bytes: 20 });
  });

  test('accept() - bounds the bytes of what waits and of what is in flight together', async () => {
    const { give, port, counts, answers } = setUp(2, { capacityBytes: 35 });
    give(...numbered(5));
    await settle();
    expect(port.queue?.()).toMatchObject({ size: 3, bytes: 30 });
    expect(counts()).toMatchObject({ dropped: { queue_bytes: 2 }, queued: 3 });
    answers[0]?.resolve(undefined);
    await settle();
    expect(port.queue?.().bytes).toBe(20);
  });

  test('accept() - calls a sink that answers at once one emission after the other', async () => {
    const called: string[] = [];
    let open = 0;
    const sink: SinkFunction = ({ message }) => {
      expect(open++).toBe(0);
      called.push(message);
      open--;
    };
    const connection = connectionOf();
    const port = connectSink(Object.assign(sink, { inFlight: 8 }), {}, connection);
    for (const emission of numbered(1_000)) port.accept?.(emission);
    await vi.waitFor(() => expect(connection.sinkAccount.counts().delivered).toBe(1_000));
    expect(called.map(Number)).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
  });

  test('accept() - gives each call a mark of its own, which ends with that call', async () => {
    const connection = connectionOf();
    const marks: Mark[] = [];
    const mark = (): Mark => {
      const made = connection.mark();
      marks.push(made);
      return made;
    };
    const answers = [waiting(), waiting()];
    const sink: SinkFunction = ({ message }) => answers[Number(message)]?.promise;
    const port = connectSink(Object.assign(sink, { inFlight: 2 }), {}, { ...connection, mark });
    for (const emission of numbered(2)) port.accept?.(emission);
    await settle();
    expect(marks.map(({ alive }) => alive)).toEqual([true, true]);
    answers[1]?.resolve();
    await settle();
    expect(marks.map(({ alive }) => alive)).toEqual([true, false]);
  });
});

describe('forceFlush()', () => {
  test('forceFlush() - waits for what was accepted before, also where later ones end first', async () => {
    const { port, give, answers } = setUp(3);
    const [first, second, third] = numbered(3) as [Emission, Emission, Emission];
    give(first);
    let done = false;
    const flushed = port.forceFlush(deadline()).then(() => {
      done = true;
    });
    give(second, third);
    await settle();
    answers[1]?.resolve(undefined);
    answers[2]?.resolve(undefined);
    await settle();
    expect(done).toBe(false);
    answers[0]?.resolve(undefined);
    await flushed;
  });

  test('forceFlush() - does not wait for what comes after, though that is in flight', async () => {
    const { port, give, answers } = setUp(2);
    const [first, second] = numbered(2) as [Emission, Emission];
    give(first);
    const flushed = port.forceFlush(deadline());
    give(second);
    await settle();
    answers[0]?.resolve(undefined);
    await flushed;
    expect(port.queue?.().size).toBe(1);
  });
});

describe('shutdown()', () => {
  test('shutdown() - at the deadline all in flight have failed and are aborted, and the rest is dropped', async () => {
    const { port, give, calls, answers, counts, connection } = setUp(3);
    give(...numbered(5));
    await settle();
    answers[1]?.resolve(undefined);
    await settle();
    const limit = deadline();
    const ended = port.shutdown(limit);
    limit.pass();
    await ended;
    expect(counts()).toMatchObject({ delivered: 1, failed: 3, dropped: { shutdown: 1 }, queued: 0 });
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, false, true, true]);
    expect(connection.reports.at(-1)?.message).toBe(
      "destination 'alerts': 4 of its emissions had no outcome when the shutdown deadline came",
    );
    const atTheEnd = counts();
    answers[0]?.resolve(undefined);
    answers[2]?.reject(new Error('late'));
    await settle();
    expect(counts()).toEqual(atTheEnd);
    expect(calls).toHaveLength(4);
    expect(port.queue?.()).toMatchObject({ size: 0, bytes: 0 });
  });

  test('shutdown() - aborts the other calls where a context manager throws for one', async () => {
    const connection = connectionOf();
    const calls: SinkCall[] = [];
    const sink: SinkFunction = (_, call) => {
      calls.push(call);
      return new Promise(() => {});
    };
    let throwing = 0;
    const inside: TestConnection['inside'] = (fn) => {
      if (throwing-- > 0) throw new Error('no');
      return fn();
    };
    const port = connectSink(Object.assign(sink, { inFlight: 3 }), {}, { ...connection, inside });
    for (const emission of numbered(3)) port.accept?.(emission);
    await settle();
    throwing = 1;
    await port.shutdown(passed());
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([false, true, true]);
    expect(connection.sinkAccount.counts()).toMatchObject({ failed: 3, queued: 0 });
  });
});

describe('the end of the process', () => {
  beforeEach(() => {
    // What has ended stays ended: for each test the process begins anew.
    const exits = (globalThis as { [key: symbol]: { patience: unknown; leavers: Set<unknown> } | undefined })[
      Symbol.for('signalbox.exits')
    ];
    if (!exits) return;
    exits.patience = undefined;
    exits.leavers.clear();
  });

  /** As `setUp`, of a sink that says at the end what became of some, and writes the others. */
  function atTheEnd(finished: Readonly<Record<string, ExitOutcome>>): Setup & {
    readonly finishes: (string | undefined)[];
    readonly written: string[];
  } {
    const finishes: (string | undefined)[] = [];
    const written: string[] = [];
    const setup = setUp(3);
    writesAtExit(setup.sink, {
      local: true,
      waits: false,
      finish: (given) => {
        finishes.push(given?.message);
        return given && finished[given.message];
      },
      write: (emissions, settled) => {
        for (const { message } of emissions) {
          written.push(message);
          settled('delivered');
        }
      },
    });
    // Anew: it is read when the port is made.
    const port = connectSink(setup.sink, {}, setup.connection);
    const give = (...emissions: readonly Emission[]): void => {
      for (const emission of emissions) port.accept?.(emission);
    };
    return { ...setup, port, give, finishes, written };
  }

  test('exit - all in flight are asked for, and what has no outcome is written before what waits', async () => {
    const { give, finishes, written, counts } = atTheEnd({ 0: 'delivered', 2: 'failed' });
    give(...numbered(5));
    await settle();
    writeAsAtExit();
    expect(finishes).toEqual(['0', '1', '2']);
    expect(written).toEqual(['1', '3', '4']);
    expect(counts()).toMatchObject({ routed: 5, delivered: 4, failed: 1, queued: 0 });
  });

  test('exit - what comes after it is written at once, until an answer shows that the process lives on', async () => {
    const { give, written, called, answers, counts } = atTheEnd({});
    const [first, second, third, fourth] = numbered(4) as [Emission, Emission, Emission, Emission];
    give(first, second);
    await settle();
    writeAsAtExit();
    give(third);
    expect(written).toEqual(['0', '1', '2']);
    answers[1]?.resolve(undefined);
    await settle();
    give(fourth);
    await settle();
    expect(called).toEqual(['0', '1', '3']);
    expect(counts()).toMatchObject({ routed: 4, delivered: 3, queued: 1 });
    answers[3]?.resolve(undefined);
    await settle();
    expect(counts()).toMatchObject({ delivered: 4, failed: 0, queued: 0 });
  });

  test('exit - a way to write that throws leaves each emission one outcome', async () => {
    const { give, sink, counts } = atTheEnd({});
    writesAtExit(sink, {
      local: true,
      waits: false,
      finish: (given) => {
        if (given?.message === '1') throw new Error('no');
        return 'delivered';
      },
      write: () => {},
    });
    give(...numbered(4));
    await settle();
    writeAsAtExit();
    expect(counts()).toMatchObject({ routed: 4, delivered: 1, dropped: { exit: 3 }, queued: 0 });
  });
});
