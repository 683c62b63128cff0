import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DurableOutcome, SinkFunction } from 'signalbox';
import { auditFile, sink } from 'signalbox/sinks';
import { sicken, systemError } from '../doubles/sick-disk.js';
import type { Group } from '../fault.js';
import type { Scene } from '../stage/scene.js';
import { NUMBERED } from '../stage/scene.js';
import type { Stage } from '../stage/stage.js';

const N = 50;
const never = (): Promise<undefined> => new Promise(() => undefined);

function keeping(fn: SinkFunction): SinkFunction {
  return Object.assign(fn, { durable: true });
}

/** Gives emissions durably, all at once; the answers in their order. */
async function giveDurably<D extends string>(
  scene: Scene<D>,
  n: number,
  timeoutMillis: number,
): Promise<DurableOutcome[]> {
  const answers = Array.from({ length: n }, () => {
    const number = scene.emitted++;
    return scene.call(() => scene.box.emitDurably(NUMBERED, { n: number }, { timeoutMillis }));
  });
  return (await Promise.all(answers)).filter((answer) => answer !== undefined);
}

/** Says that all answers are one. */
function same(stage: Stage, answers: readonly DurableOutcome[], n: number, missing: object): void {
  stage.equal('answers', answers.length, n);
  const isDurable = Object.keys(missing).length === 0;
  stage.equal('durable', answers.filter(({ durable }) => durable === isDurable).length, n);
  for (const answer of answers)
    stage.equal('missing', JSON.stringify(answer.missing), JSON.stringify(missing));
}

export const durable: Group = {
  name: 'durable',
  about: 'Emissions that the app waits for (`emitDurably`).',
  faults: [
    {
      name: 'never-acknowledges',
      injected: 'A durable sink never answers.',
      holds: 'Each call settles at its deadline, and reports `deadline`.',
      async run(stage) {
        stage.arrivals('ledger');
        const scene = stage.open({ destinations: { ledger: keeping(never) } });
        same(stage, await giveDurably(scene, N, 100), N, { ledger: 'deadline' });
        await scene.end(100);
      },
    },
    {
      name: 'acknowledges-behind-the-deadline',
      injected: 'A durable sink answers after the deadline.',
      holds: 'The calls report `deadline`, and the emissions count as delivered.',
      async run(stage) {
        const seen = stage.arrivals('ledger');
        let open = (): void => undefined;
        const gate = new Promise<void>((resolve) => {
          open = resolve;
        });
        const scene = stage.open({
          destinations: {
            ledger: keeping(async ({ fields }) => {
              await gate;
              seen.take(fields.n);
            }),
          },
        });
        same(stage, await giveDurably(scene, N, 50), N, { ledger: 'deadline' });
        open();
        await scene.end();
        stage.equal('delivered', scene.counts('ledger').delivered, N);
      },
    },
    {
      name: 'rejects',
      injected: 'One of two durable sinks rejects each emission.',
      holds: 'The calls name the sink that failed.',
      async run(stage) {
        const seen = stage.arrivals('sound');
        const scene = stage.open({
          destinations: {
            sound: keeping(({ fields }) => seen.take(fields.n)),
            sick: keeping(() => Promise.reject(new Error('no'))),
          },
        });
        same(stage, await giveDurably(scene, N, 5000), N, { sick: 'failed' });
        await scene.end();
      },
    },
    {
      name: 'waits-for-room',
      injected:
        'The app emits more at once than the queue of a durable sink holds. The calls wait (`whenFull: block`).',
      holds: 'All emissions are acknowledged.',
      async run(stage) {
        const seen = stage.arrivals('ledger');
        const ledger = keeping(async ({ fields }) => {
          await new Promise((turn) => setImmediate(turn));
          seen.take(fields.n);
        });
        const scene = stage.open({
          destinations: { ledger: sink(ledger, { capacity: N / 2, whenFull: 'block' }) },
        });
        same(stage, await giveDurably(scene, N, 20_000), N, {});
        await scene.end();
      },
    },
    {
      name: 'closed-box',
      injected: 'The app calls `emitDurably` on a box that is shut down.',
      holds: 'The call reports `closed`.',
      async run(stage) {
        const scene = stage.open({ destinations: { ledger: keeping(() => undefined) } });
        await scene.call(() => scene.box.shutdown());
        const answer = await scene.call(() => scene.box.emitDurably(NUMBERED, { n: 0 }));
        scene.emitted++;
        stage.equal('durable', answer?.durable, false);
        stage.equal('missing', JSON.stringify(answer?.missing), JSON.stringify({ '*': 'closed' }));
      },
    },
    {
      name: 'disk-of-the-trail-fails',
      injected: 'Each sync of an audit trail fails.',
      holds: 'No call reports `durable`, and the emissions count as failed.',
      async run(stage) {
        const path = join(stage.folder, 'audit.jsonl');
        const scene = stage.open({ destinations: { audit: auditFile({ path }) } });
        const cure = await sicken({ sync: () => Promise.reject(systemError('EIO')) });
        same(stage, await giveDurably(scene, N, 20_000), N, { audit: 'failed' });
        cure();
        await scene.end();
        stage.equal('failed', scene.counts('audit').failed, N);
      },
    },
    {
      name: 'trail-that-is-sound',
      injected: 'Nothing: the app emits durably to an audit trail.',
      holds: 'Each call settles when its line is in the file.',
      async run(stage) {
        const path = join(stage.folder, 'audit.jsonl');
        const scene = stage.open({ destinations: { audit: auditFile({ path }) } });
        same(stage, await giveDurably(scene, N, 20_000), N, {});
        const lines = readFileSync(path, 'utf8').match(/"n":/g) ?? [];
        stage.equal('lines', lines.length, N);
        await scene.end();
      },
    },
  ],
};
