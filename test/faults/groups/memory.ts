import type { Signalbox } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { exporters } from 'signalbox/sdk';
import { sink } from 'signalbox/sinks';
import { SickExporter } from '../doubles/exporter.js';
import type { Fault, Group } from '../fault.js';
import type { Stage } from '../stage/stage.js';

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));
const never = (): Promise<undefined> => new Promise(() => undefined);
const HEAP = 256;

async function heapMegabytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await turn();
    (globalThis as { gc?: () => void }).gc?.();
  }
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** 64 characters that V8 keeps as a part of 200 kB. */
function slice(i: number, size = 200_000): string {
  return `${String(i).padStart(64, 'k')},${Buffer.alloc(size, 97).toString('latin1')}`.split(
    ',',
  )[0] as string;
}

/** A fault of memory: a process with a small heap lives through it, and keeps no more than so many megabytes. */
function bound(
  name: string,
  injected: string,
  megabytes: number,
  act: (stage: Stage) => Promise<unknown>,
): Fault {
  return {
    name,
    injected,
    holds: `A process with a heap of ${HEAP} MB survives, and its heap grows by less than ${megabytes} MB.`,
    needs: { heapMegabytes: HEAP },
    async run(stage) {
      const before = await heapMegabytes();
      await act(stage);
      const grown = (await heapMegabytes()) - before;
      stage.holds(`it keeps less than ${megabytes} MB (${Math.round(grown)} MB)`, grown < megabytes);
    },
  };
}

const REF = defineSignal('FAULT_REF', {
  fields: { n: field.int(), ref: field.string(), kind: field.optional(field.string()) },
});
const COUNTED = defineSignal('FAULT_COUNTED', {
  fields: { n: field.int(), kind: field.string() },
  metrics: [{ type: 'counter', name: 'fault.counted', by: ['kind'] }],
});

/** Jobs of a box whose sink sees all, and whose accounts are judged by what it saw. */
async function withJobs(stage: Stage, act: (box: Signalbox<string>) => Promise<void>): Promise<void> {
  let seen = 0;
  const scene = stage.open({
    destinations: { seen: () => void seen++ },
    routes: [{ signals: '*', to: 'seen' }],
  });
  scene.expect('seen', 'sink', 'unknown');
  await act(scene.box);
  await scene.end(20_000);
  stage.equal('delivered', scene.counts('seen').delivered, seen);
}

export const memory: Group = {
  name: 'memory',
  about: 'The bounds on memory, each in a process with a small heap.',
  faults: [
    bound(
      'slices-in-a-queue',
      'A sink hangs, and 5,000 emissions carry 64 characters each, cut from strings of 200 kB.',
      64,
      async (stage) => {
        const scene = stage.open({ destinations: { hangs: never } });
        for (let i = 0; i < 5000; i++) {
          scene.emit(1, REF, { ref: slice(i) });
          if (i % 100 === 0) await turn();
        }
        stage.equal('queued', scene.counts('hangs').queued, 5000);
      },
    ),
    bound(
      'slices-as-job-ids',
      '4,000 jobs fail and are retried. Their ids and types are cut from strings of 200 kB.',
      64,
      (stage) =>
        withJobs(stage, async (box) => {
          const queue = createJobs(box).queue('mail', { types: ['welcome'] });
          for (let i = 0; i < 4000; i++) {
            const id = slice(i);
            queue
              .attempt({ job: { id, type: id }, number: 1, worker: id })
              .failed(new Error(id), { retry: true });
            if (i % 100 === 0) await turn();
          }
        }),
    ),
    bound('slices-as-labels', 'A label gets 8,000 values cut from strings of 200 kB.', 64, async (stage) => {
      const metrics = {
        export: (_: never, done: (result: { code: number }) => void) => done({ code: 0 }),
        forceFlush: async () => undefined,
        shutdown: async () => undefined,
      };
      const scene = stage.open({ destinations: { metrics: exporters({ metrics }) } });
      for (let i = 0; i < 8000; i++) {
        scene.emit(1, COUNTED, { kind: slice(i) });
        if (i % 100 === 0) await turn();
      }
      await scene.call(() => scene.box.forceFlush());
    }),
    bound(
      'slices-as-drop-reasons',
      'A sink gives 2,000 reasons for drops, each cut from a string of 200 kB.',
      32,
      async (stage) => {
        let at = 0;
        const scene = stage.open({ destinations: { picky: () => ({ dropped: slice(at++) }) } });
        scene.emit(2000);
        await scene.call(() => scene.box.forceFlush());
      },
    ),
    bound(
      'large-records-at-a-dead-exporter',
      'An exporter never answers, and the app emits 4,000 records with 60 strings of 4 kB each.',
      128,
      async (stage) => {
        const names = Array.from({ length: 60 }, (_, i) => `f${i}`);
        const wide = defineSignal('FAULT_WIDE', {
          fields: { n: field.int(), ...Object.fromEntries(names.map((name) => [name, field.string()])) },
        });
        const scene = stage.open({
          destinations: { dead: exporters({ logs: new SickExporter(undefined, () => undefined) }) },
        });
        for (let i = 0; i < 4000; i++) {
          const values = Object.fromEntries(names.map((name) => [name, `${i}`.padEnd(4000, name)]));
          scene.emit(1, wide, values);
          if (i % 20 === 0) await turn();
        }
        stage.holds(
          'some were dropped for bytes',
          (scene.counts('dead', 'logs').dropped.queue_bytes ?? 0) > 0,
        );
        await scene.end(100);
      },
    ),
    bound(
      'batches-of-calls-that-hung',
      'An exporter never answers, while the app emits 40 batches of 2 MB.',
      192,
      async (stage) => {
        const kept: unknown[] = [];
        const dead = new SickExporter(undefined, (items) => void kept.push(items.length));
        const scene = stage.open({
          destinations: {
            dead: exporters({ logs: dead, batch: { size: 500, delayMillis: 1, timeoutMillis: 10 } }),
          },
        });
        for (let i = 0; i < 40; i++) {
          for (let j = 0; j < 500; j++) scene.emit(1, REF, { ref: `${i} ${j}`.padEnd(4000, 'x') });
          await new Promise((later) => setTimeout(later, 15));
        }
        stage.equal('calls', dead.calls.export, 1);
        await scene.end(100);
      },
    ),
    bound(
      'strings-of-megabytes',
      'A sink hangs, and 1,000 emissions carry a string of 1 MB each.',
      96,
      async (stage) => {
        const scene = stage.open({ destinations: { hangs: never } });
        for (let i = 0; i < 1000; i++) {
          scene.emit(1, REF, { ref: Buffer.alloc(1_000_000, 97 + (i % 26)).toString('latin1') });
          if (i % 20 === 0) await turn();
        }
      },
    ),
    bound('causes-without-end', '1,000 errors each have a chain of 200 causes.', 96, async (stage) => {
      const scene = stage.open({ destinations: { hangs: never } });
      for (let i = 0; i < 1000; i++) {
        let error = new Error(`root ${i}`);
        for (let j = 0; j < 200; j++) error = new Error(`cause ${j}`, { cause: error });
        await scene.call(() => scene.box.error('it broke', { error, n: i }));
        scene.emitted++;
        if (i % 20 === 0) await turn();
      }
    }),
    bound('signals-without-end', 'The app defines 20,000 signals and emits each once.', 64, async (stage) => {
      const scene = stage.open({
        destinations: { seen: (emission) => stage.arrivals('seen').take(emission.fields.n) },
      });
      for (let i = 0; i < 20_000; i++) {
        scene.emit(1, defineSignal(`FAULT_MADE_${i}`, { fields: { n: field.int() } }));
        if (i % 500 === 0) await turn();
      }
      await scene.end();
      stage.equal('delivered', scene.counts('seen').delivered, 20_000);
    }),
    bound('attempts-that-never-end', '100,000 attempts at jobs begin and never end.', 96, (stage) =>
      withJobs(stage, async (box) => {
        const queue = createJobs(box).queue('mail', { types: ['welcome'] });
        for (let i = 0; i < 100_000; i++) {
          queue.attempt({ job: { id: `j-${i}`, type: 'welcome' }, number: 1 });
          if (i % 500 === 0) await turn();
        }
      }),
    ),
    bound('queues-without-end', '5,000 job queues are observed, with one attempt each.', 96, (stage) =>
      withJobs(stage, async (box) => {
        const jobs = createJobs(box);
        for (let i = 0; i < 5000; i++) {
          jobs
            .queue(`queue-${i}`, { types: ['welcome'] })
            .attempt({ job: { id: 'j', type: 'welcome' }, number: 1 })
            .completed();
          if (i % 100 === 0) await turn();
        }
      }),
    ),
    bound(
      'troubles-without-end',
      'The sinks of 2,000 boxes fail with error messages of 100 kB, and no diag logger is set.',
      48,
      async () => {
        for (let i = 0; i < 2000; i++) {
          const box = createSignalbox({
            destinations: {
              sick: sink(() => {
                throw new Error(`${i}`.padEnd(100_000, 'x'));
              }),
            },
          });
          box.info('numbered');
          await box.shutdown();
        }
      },
    ),
    bound(
      'answers-that-come-late',
      'A sink with a time limit hangs 400 times, and answers only after the shutdown.',
      128,
      async (stage) => {
        const kept: (() => void)[] = [];
        const scene = stage.open({
          destinations: {
            hangs: sink(() => new Promise<undefined>((resolve) => kept.push(() => resolve(undefined))), {
              timeoutMillis: 1,
            }),
          },
        });
        for (let i = 0; i < 400; i++) scene.emit(1, REF, { ref: `${i}`.padEnd(4000, 'x') });
        await scene.end(40_000);
        for (const settle of kept) settle();
        stage.equal('failed', scene.counts('hangs').failed, 400);
      },
    ),
  ],
};
