import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import type { SinkFunction } from 'signalbox';
import { auditFile, jsonLineFile } from 'signalbox/sinks';
import { takeFiles } from '../doubles/lines.js';
import type { Sickness } from '../doubles/sick-disk.js';
import { sicken, systemError } from '../doubles/sick-disk.js';
import type { Fault, Group, Needs } from '../fault.js';
import type { Scene } from '../stage/scene.js';
import { WORDY } from '../stage/scene.js';
import type { Stage } from '../stage/stage.js';

const N = 300;
const after = (millis: number): Promise<void> => new Promise((done) => setTimeout(done, millis));

type Kind = 'file' | 'audit';
const makers: Readonly<Record<Kind, (path: string) => SinkFunction>> = {
  file: (path) => jsonLineFile({ path }),
  audit: (path) => auditFile({ path }),
};

interface Play {
  readonly stage: Stage;
  readonly scene: Scene<Kind>;
  readonly path: string;
  readonly folder: string;
}

/** A fault of the disk below one file sink. `act` plays it; what is in the files at the end is what arrived. */
function disk(
  name: string,
  injected: string,
  holds: string,
  act: (play: Play) => Promise<unknown>,
  {
    kind = 'file',
    needs,
    torn = 0,
    more = [],
    deadline,
  }: {
    readonly kind?: Kind;
    readonly needs?: Needs;
    /** Parts of lines that may be in the files. */
    readonly torn?: number;
    /** Further files that lines may be in, by their names in the folder. */
    readonly more?: readonly string[];
    readonly deadline?: number;
  } = {},
): Fault {
  return {
    name,
    injected,
    holds,
    ...(needs ? { needs } : {}),
    async run(stage) {
      const folder = join(stage.folder, 'logs');
      fs.mkdirSync(folder);
      const path = join(folder, 'lines.jsonl');
      const scene = stage.open({
        destinations: { [kind]: makers[kind](path) } as Record<Kind, SinkFunction>,
        routes: [{ signals: '*', to: kind }],
      });
      await act({ stage, scene, path, folder });
      await scene.end(deadline);
      const parts = takeFiles([path, ...more.map((file) => join(stage.folder, file))], stage.arrivals(kind));
      stage.holds(`no more than ${torn} lines are torn (${parts} are)`, parts <= torn);
    },
  };
}

const flush = (scene: Scene<Kind>): Promise<unknown> =>
  scene.call(() => scene.box.forceFlush({ timeoutMillis: 30_000 }));

/** Emits before, while and after the disk is sick. */
const whileSick =
  (sickness: Sickness) =>
  async ({ scene }: Play): Promise<void> => {
    scene.emit(N);
    await flush(scene);
    const cure = await sicken(sickness);
    scene.emit(20);
    await flush(scene);
    cure();
    scene.emit(N);
    await flush(scene);
  };

const failing = (code: string) => async (): Promise<never> => {
  throw systemError(code);
};

/** Runs as a user who may not write where it is forbidden: root may everywhere. */
async function asNobody(act: () => Promise<unknown>): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await act();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

const sickCalls: readonly Fault[] = [
  disk(
    'write-eio',
    'Each write fails with EIO for a while.',
    'Those lines fail. All lines before and after are in the file.',
    whileSick({ write: failing('EIO') }),
  ),
  disk(
    'write-enospc',
    'Each write fails with ENOSPC for a while.',
    'Those lines fail. All lines before and after are in the file.',
    whileSick({ write: failing('ENOSPC') }),
    { kind: 'audit' },
  ),
  disk(
    'open-emfile',
    'The file cannot be opened again, because no descriptors are left.',
    'Each line has one outcome, and the sink goes on when descriptors are free again.',
    async (play) => {
      await whileSick({ write: failing('EIO'), open: failing('EMFILE') })(play);
    },
  ),
  disk(
    'sync-eio',
    'Each sync of an audit file fails with EIO for a while.',
    'Those lines do not count as delivered, although they may be in the file.',
    whileSick({ sync: failing('EIO') }),
    { kind: 'audit' },
  ),
  disk(
    'close-eio',
    'The file cannot be closed.',
    'The shutdown settles, and everything is delivered.',
    async ({ scene, stage }) => {
      scene.emit(N);
      await flush(scene);
      const cure = await sicken({
        close: async (real) => {
          await real();
          throw systemError('EIO');
        },
      });
      await scene.end();
      cure();
      stage.equal('delivered', scene.counts('file').delivered, N);
    },
  ),
  disk(
    'slow-sync',
    'Each sync of an audit file takes 10 ms.',
    'The box never counts more lines as delivered than the file has synced lines.',
    async ({ stage, scene, path }) => {
      let durable = 0;
      const cure = await sicken({
        sync: async (real) => {
          const written = fs.existsSync(path)
            ? (fs.readFileSync(path, 'utf8').match(/"n":/g)?.length ?? 0)
            : 0;
          await after(10);
          const done = await real();
          durable = Math.max(durable, written);
          return done;
        },
      });
      let ahead = 0;
      let watching = true;
      const look = (): void => {
        ahead = Math.max(ahead, scene.counts('audit').delivered - durable);
        if (watching) setImmediate(look);
      };
      look();
      scene.emit(40);
      await scene.end(10_000);
      watching = false;
      // Of what was delivered and shut down within one turn of the loop.
      look();
      cure();
      stage.equal('delivered', scene.counts('audit').delivered, 40);
      stage.equal('delivered ahead of their sync', ahead, 0);
    },
    { kind: 'audit' },
  ),
  ...(['file', 'audit'] as const).map((kind) =>
    disk(
      `hangs-below-${kind}`,
      `The disk under ${kind === 'file' ? 'a file' : 'an audit file'} does not answer until the shutdown is over.`,
      'The shutdown settles by its deadline, and no account changes when the disk answers.',
      async ({ scene, stage }) => {
        let answer: () => void = () => undefined;
        const answered = new Promise<void>((resolve) => {
          answer = resolve;
        });
        const cure = await sicken({
          [kind === 'file' ? 'write' : 'sync']: async (real: () => Promise<unknown>) => {
            await answered;
            return real();
          },
        });
        scene.emit(N);
        await scene.end(300);
        stage.holds('it did not wait for the disk', scene.counts(kind).delivered === 0);
        answer();
        cure();
        await after(50);
      },
      { kind },
    ),
  ),
];

const realFaults: readonly Fault[] = [
  disk('full', 'The disk is full: the file is /dev/full.', 'Every line fails.', async ({ stage }) => {
    const scene = stage.open({ destinations: { full: jsonLineFile({ path: '/dev/full' }) } });
    scene.emit(N);
    await scene.end();
    stage.equal('failed', scene.counts('full').failed, N);
  }),
  disk(
    'full-below-an-audit-file',
    'The disk is full: the audit file is /dev/full.',
    'Nothing is delivered.',
    async ({ stage }) => {
      let audit: SinkFunction;
      try {
        audit = auditFile({ path: '/dev/full' });
      } catch {
        // A release that refuses what is no file has nothing to lose.
        return;
      }
      const scene = stage.open({ destinations: { full: audit } });
      scene.emit(N);
      await scene.end();
      stage.equal('delivered', scene.counts('full').delivered, 0);
    },
  ),
  disk(
    'too-large',
    '`ulimit -f` limits the file to 64 kB. Later the file is emptied.',
    'Lines that do not fit fail, and the sink goes on when there is room again.',
    async ({ stage, scene, path }) => {
      scene.emit(200, WORDY, { text: 'x'.repeat(1000) });
      await flush(scene);
      stage.holds('some have failed', scene.counts('file').failed > 0);
      takeFiles([path], stage.arrivals('file'));
      fs.truncateSync(path);
      scene.emit(10);
      await flush(scene);
      stage.holds(
        'the last is in the file',
        fs.readFileSync(path, 'utf8').includes(`"n":${scene.emitted - 1}`),
      );
    },
    { needs: { fileBlocks: 128 }, torn: 1000 },
  ),
  disk(
    'no-descriptors',
    'The process has used all descriptors that `ulimit -n` allows when the sink opens the file.',
    'Those lines fail, and the sink goes on when descriptors are free again.',
    async ({ stage, scene }) => {
      const held: number[] = [];
      try {
        for (;;) held.push(fs.openSync('/dev/null', 'r'));
      } catch (error) {
        stage.equal('why', (error as NodeJS.ErrnoException).code, 'EMFILE');
      }
      scene.emit(20);
      await flush(scene);
      for (const fd of held) fs.closeSync(fd);
      scene.emit(20);
      await flush(scene);
      const { delivered, failed } = scene.counts('file');
      stage.equal('failed and delivered', [failed, delivered], [20, 20]);
    },
    { needs: { openFiles: 64 } },
  ),
  disk(
    'read-only-folder',
    'The sink may not write to the folder when it creates the file.',
    'Those lines fail, and the sink goes on when it may write.',
    async ({ stage, scene, folder }) => {
      fs.chmodSync(stage.folder, 0o755);
      fs.chmodSync(folder, 0o555);
      await asNobody(async () => {
        scene.emit(20);
        await flush(scene);
      });
      fs.chmodSync(folder, 0o755);
      scene.emit(20);
      await flush(scene);
      stage.equal(
        'failed and delivered',
        [scene.counts('file').failed, scene.counts('file').delivered],
        [20, 20],
      );
    },
  ),
  disk(
    'folder-removed',
    'The folder is removed with the file in it, while the file is open.',
    'Each line has one outcome. Lines delivered after that are in a file at the path.',
    async ({ stage, scene, path, folder }) => {
      scene.emit(N);
      await flush(scene);
      takeFiles([path], stage.arrivals('audit'));
      fs.rmSync(folder, { recursive: true });
      scene.emit(20);
      await flush(scene);
      takeFiles([path], stage.arrivals('audit'));
      fs.rmSync(folder, { recursive: true, force: true });
      fs.mkdirSync(folder, { recursive: true });
      scene.emit(20);
      await flush(scene);
    },
    { kind: 'audit' },
  ),
  disk(
    'file-removed',
    'The audit file is removed while it is open.',
    'Later lines are in a new file.',
    async ({ stage, scene, path }) => {
      scene.emit(N);
      await flush(scene);
      takeFiles([path], stage.arrivals('audit'));
      fs.rmSync(path);
      scene.emit(N);
      await flush(scene);
      stage.equal('delivered', scene.counts('audit').delivered, 2 * N);
    },
    { kind: 'audit' },
  ),
  disk(
    'file-moved',
    'The file is moved away again and again, as `logrotate` does.',
    'Each line is in one of the files.',
    async ({ scene, path, stage }) => {
      for (let i = 0; i < 3; i++) {
        scene.emit(N);
        await flush(scene);
        fs.renameSync(path, `${path}.${i}`);
        scene.emit(N);
        await flush(scene);
        await after(1100);
        scene.emit(N);
        await flush(scene);
      }
      // The lines that came within a second of a move went with the old file.
      stage.equal('failed', scene.counts('file').failed, 0);
    },
    { more: Array.from({ length: 3 }, (_, i) => `logs/lines.jsonl.${i}`) },
  ),
  disk(
    'file-cut',
    'The file is copied and emptied while it is open, as `copytruncate` does.',
    'Each line is in the copy or in the file.',
    async ({ scene, path, stage }) => {
      scene.emit(N);
      await flush(scene);
      takeFiles([path], stage.arrivals('file'));
      fs.truncateSync(path);
      scene.emit(N);
      await flush(scene);
      stage.equal('delivered', scene.counts('file').delivered, 2 * N);
    },
  ),
  disk(
    'folder-in-its-place',
    'There is a folder at the path of the file.',
    'Those lines fail, and the sink goes on when the folder is removed.',
    async ({ stage, scene, path }) => {
      fs.mkdirSync(path);
      scene.emit(20);
      await flush(scene);
      fs.rmdirSync(path);
      scene.emit(20);
      await flush(scene);
      stage.holds('it goes on', scene.counts('file').delivered >= 20);
    },
  ),
  disk(
    'last-line-torn',
    'The file ends with a partial line, as after a crash.',
    'The partial line stays separate from the lines after it.',
    async ({ scene, path, stage }) => {
      fs.writeFileSync(path, '{"time":"2026-01-01T00:00:00.000Z","message":"tor');
      scene.emit(N);
      await flush(scene);
      stage.equal('delivered', scene.counts('file').delivered, N);
    },
    { torn: 1 },
  ),
  {
    name: 'pipe-nobody-reads',
    injected: 'The file is a named pipe that nobody reads until the shutdown is over.',
    holds: 'The shutdown settles by its deadline.',
    async run(stage) {
      const path = join(stage.folder, 'pipe');
      execFileSync('mkfifo', [path]);
      const scene = stage.open({ destinations: { file: jsonLineFile({ path }) } });
      scene.emit(N);
      await scene.end(300);
      // A thread of the pool waits in `open` for a reader.
      const reader = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
      await after(100);
      fs.closeSync(reader);
    },
  },
  {
    name: 'two-sinks-one-file',
    injected: 'Two sinks in one process append to one file.',
    holds: 'No line is torn, and the file has every line of both sinks.',
    async run(stage) {
      const path = join(stage.folder, 'lines.jsonl');
      const scene = stage.open({
        destinations: { one: jsonLineFile({ path }), two: jsonLineFile({ path }) },
      });
      scene.emit(N);
      await scene.end();
      const seen = stage.arrivals('one');
      stage.mayDouble('one');
      stage.equal('torn', takeFiles([path], seen), 0);
      stage.equal('lines', [seen.distinct, seen.doubled], [N, N]);
    },
  },
];

export const disks: Group = {
  name: 'disks',
  about: 'The disk under the files: real limits if the system has them, otherwise an injected file system.',
  faults: [...sickCalls, ...realFaults],
};
