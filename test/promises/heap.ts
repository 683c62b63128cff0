/**
 * Run by heap.test.ts in a process of its own with a small heap: what the app gives is cut from large bodies, which have to go. Prints
 * what became of it as JSON.
 */
import { trace } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { createJobs } from 'signalbox/jobs';

const BODY = 20_000;
const collect = (globalThis as { gc?: () => void }).gc ?? (() => undefined);
const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

/** 64 characters of a body that V8 keeps as a part of it. */
function idOf(i: number, size: number = BODY): string {
  const body = `${String(i).padStart(64, 'k')},${Buffer.alloc(size, 97).toString('latin1')}`;
  return body.split(',')[0] as string;
}

async function heapMegabytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await turn();
    collect();
  }
  return process.memoryUsage().heapUsed / 2 ** 20;
}

const programs: Readonly<Record<string, () => Promise<unknown>>> = {
  async hung() {
    const signal = defineSignal('BODY_TAKEN', {
      fields: { ref: field.string(), refs: field.list(), kind: field.oneOf(['a']) },
    });
    const box = createSignalbox({ destinations: { hung: () => new Promise<undefined>(() => undefined) } });
    for (let i = 0; i < 8000; i++) {
      box.emit(signal, { ref: idOf(i), refs: [idOf(i)], kind: 'a' }, { message: `order ${idOf(i)}` });
      box.info(idOf(i), { ref: idOf(i) });
      if (i % 500 === 0) await turn();
    }
    const { emitted } = box.stats();
    return { emitted, ...box.stats().destinations.hung?.channels.sink };
  },

  async jobs() {
    const box = createSignalbox({ destinations: { seen: () => undefined } });
    const queue = createJobs(box).queue('mail', { types: ['welcome'] });
    const before = await heapMegabytes();
    for (let i = 0; i < 100_000; i++) {
      const id = idOf(i);
      const attempt = queue.attempt({ job: { id, type: id }, number: 1, worker: id });
      attempt.failed(Object.assign(new Error(id), { code: id }), { retry: true });
      if (i % 500 === 0) await turn();
    }
    await box.forceFlush();
    return { grown: (await heapMegabytes()) - before, refused: box.stats().refused };
  },

  async carriers() {
    trace.setGlobalTracerProvider(new BasicTracerProvider());
    const box = createSignalbox({ destinations: { seen: () => undefined } });
    const queue = createJobs(box).queue('mail', { types: ['welcome'] });
    const before = await heapMegabytes();
    for (let i = 1; i <= 3000; i++) {
      const [trace, span] = [32, 16].map((digits) => i.toString(16).padStart(digits, '0'));
      const [tracestate = ''] = `vendor=${trace};${Buffer.alloc(200_000, 97).toString('latin1')}`.split(';');
      const carrier = { traceparent: `00-${trace}-${span}-01`, tracestate };
      queue.attempt({ job: { id: `${i}` }, carrier, number: 1 }).failed(new Error('no'), { retry: true });
      if (i % 100 === 0) await turn();
    }
    await box.forceFlush();
    return { grown: (await heapMegabytes()) - before, refused: box.stats().refused };
  },

  async messages() {
    const box = createSignalbox({ destinations: { hung: () => new Promise<undefined>(() => undefined) } });
    const before = await heapMegabytes();
    for (let i = 0; i < 2000; i++) {
      box.emit(defineSignal(`TOLD_${i}`, { message: idOf(i, 200_000) }), {});
      if (i % 100 === 0) await turn();
    }
    return { grown: (await heapMegabytes()) - before, refused: box.stats().refused };
  },

  async reasons() {
    let at = 0;
    const box = createSignalbox({ destinations: { picky: () => ({ dropped: idOf(at++, 200_000) }) } });
    const before = await heapMegabytes();
    for (let i = 0; i < 500; i++) box.info('plain');
    await box.forceFlush();
    return { grown: (await heapMegabytes()) - before, at };
  },

  async signals() {
    const box = createSignalbox({ destinations: { seen: () => undefined } });
    const define = (name: string): void =>
      box.emit(defineSignal(name, { fields: { ref: field.string() } }), { ref: 'x' });
    for (let i = 0; i < 12_000; i++) define(`WARM_${i}`);
    await box.forceFlush();
    const before = await heapMegabytes();
    for (let i = 0; i < 20_000; i++) {
      define(`SIGNAL_${i}`);
      define('ONE_NAME');
      if (i % 1000 === 0) await turn();
    }
    await box.forceFlush();
    return {
      bytesEach: (((await heapMegabytes()) - before) * 2 ** 20) / 40_000,
      refused: box.stats().refused,
    };
  },
};

console.log(JSON.stringify(await programs[process.argv[2] ?? '']?.()));
