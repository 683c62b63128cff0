import { join } from 'node:path';
import type { Counts } from 'signalbox';
import { startEndpoint, takesAll } from '../doubles/endpoint.js';
import { takeFiles, takeLines } from '../doubles/lines.js';
import type { Ended, Program } from '../doubles/program.js';
import { startProgram } from '../doubles/program.js';
import type { Fault, Group } from '../fault.js';
import type { Orders } from '../programs/orders.js';
import type { Stage } from '../stage/stage.js';

const N = 2000;
const after = (millis: number): Promise<void> => new Promise((done) => setTimeout(done, millis));
const NOTHING: Counts = { routed: 0, delivered: 0, handedOver: 0, dropped: {}, failed: 0, queued: 0 };

interface Files {
  readonly file: string;
  readonly audit: string;
}

function filesOf(stage: Stage): Files {
  return { file: join(stage.folder, 'file.jsonl'), audit: join(stage.folder, 'audit.jsonl') };
}

/** `unnumbered`: records that the library itself adds, as that of a crash. Compares what a program emitted, what its box said, and what is in its files and on its console. */
function compare(
  stage: Stage,
  program: Program,
  { stdout }: Ended,
  files: Files,
  wanted: readonly string[],
  unnumbered = 0,
): void {
  const stats = program.stats();
  takeLines(stdout, stage.arrivals('console'));
  takeFiles([files.file], stage.arrivals('file'));
  takeFiles([files.audit], stage.arrivals('audit'));
  for (const where of wanted) {
    const arrivals = stage.arrivals(where);
    const channel = where === 'otlp' ? 'logs' : 'sink';
    const said = stats?.[where]?.channels[channel];
    const { emitted } = program;
    // A process that could not say it any more: what arrived is what it delivered.
    const counts = said
      ? { ...said, routed: said.routed - unnumbered, delivered: said.delivered - unnumbered }
      : { ...NOTHING, routed: emitted, delivered: arrivals.distinct, queued: emitted - arrivals.distinct };
    stage.account({ where: `${where} ${channel}`, emitted, counts, arrivals });
  }
}

/** A process that emits to console, file and audit file, and ends: all is there. */
function ends(
  name: string,
  injected: string,
  end: string,
  code: number | null,
  more: Partial<Orders> = {},
): Fault {
  return {
    name,
    injected,
    holds:
      'Each emitted line is on the console, in the file and in the audit file once. The exit code is the app’s.'.replace(
        '’',
        "'",
      ),
    async run(stage) {
      const files = filesOf(stage);
      const program = startProgram(stage, { act: 'ends', count: N, console: true, ...files, end, ...more });
      const ended = await program.ended;
      compare(stage, program, ended, files, ['console', 'file', 'audit'], more.handlers ? 1 : 0);
      for (const where of ['console', 'file', 'audit'])
        stage.equal(`lines of ${where}`, stage.arrivals(where).distinct, program.emitted);
      stage.holds('it emitted', program.emitted >= N);
      if (code !== null) stage.equal('exit code', ended.code, code);
    },
  };
}

const natural: readonly Fault[] = [
  ends('exits', 'The app emits and calls `process.exit`.', 'exit', 3),
  ends('exits-some-turns-later', 'The app emits over twenty turns and calls `process.exit`.', 'exit', 3, {
    turns: 20,
  }),
  ends('has-nothing-left-to-do', 'The app emits, sets its exit code and ends by itself.', 'exit code', 4),
  ends('throws', 'The app emits and throws an error that nothing catches.', 'throw', 1),
  ends('throws-in-a-timer', 'The app emits and throws in a timer.', 'throw in a timer', 1),
  ends('rejects', 'The app emits and leaves a rejection unhandled.', 'reject', 1),
  ends('emits-as-it-exits', 'The app also emits in a listener to `exit`.', 'emit at exit', 0),
  ends(
    'crashes-with-handlers',
    'With exit handlers installed, the app throws an error that nothing catches.',
    'throw in a timer',
    1,
    { handlers: 2000 },
  ),
  {
    name: 'ends-with-exporters',
    injected: 'The app emits to an endpoint and ends by itself.',
    holds: 'Everything arrives at the endpoint, because the box flushes the exporters at `beforeExit`.',
    async run(stage) {
      const endpoint = await startEndpoint(stage, 'otlp', takesAll);
      const program = startProgram(stage, { act: 'ends', count: N, url: endpoint.url, end: 'exit code' });
      const ended = await program.ended;
      compare(stage, program, ended, filesOf(stage), ['otlp']);
      stage.equal('arrived', [stage.arrivals('otlp').distinct, ended.code], [N, 4]);
    },
  },
  {
    name: 'ends-with-a-dead-endpoint',
    injected: 'The app emits to an endpoint that never answers, and ends by itself.',
    holds: 'The process ends within the deadline of five seconds, with its own exit code.',
    async run(stage) {
      const endpoint = await startEndpoint(stage, 'otlp', () => undefined);
      const program = startProgram(stage, {
        act: 'ends',
        count: N,
        url: endpoint.url,
        end: 'exit code',
        exportMillis: 1000,
      });
      const ended = await program.ended;
      compare(stage, program, ended, filesOf(stage), []);
      stage.equal('exit code', ended.code, 4);
    },
  },
];

async function signalled(
  stage: Stage,
  orders: Partial<Orders>,
  kill: (program: Program) => Promise<void> | void,
): Promise<{ readonly program: Program; readonly ended: Ended; readonly millis: number }> {
  const program = startProgram(stage, { act: 'ends', count: N, end: 'wait', ...orders });
  await stage.until('the program is ready', () => program.said().includes('ready'));
  const began = performance.now();
  await kill(program);
  const ended = await program.ended;
  return { program, ended, millis: performance.now() - began };
}

const signals: readonly Fault[] = [
  {
    name: 'sigterm',
    injected: 'SIGTERM, with exit handlers installed.',
    holds: 'Everything arrives at the endpoint and in the files, and the signal ends the process.',
    async run(stage) {
      const files = filesOf(stage);
      const endpoint = await startEndpoint(stage, 'otlp', takesAll);
      const { program, ended } = await signalled(
        stage,
        { ...files, url: endpoint.url, handlers: 60_000 },
        (it) => it.kill('SIGTERM'),
      );
      compare(stage, program, ended, files, ['otlp', 'file', 'audit']);
      stage.equal('ended by', ended.signal, 'SIGTERM');
    },
  },
  {
    name: 'sigterm-with-a-dead-endpoint',
    injected: 'SIGTERM, with exit handlers that have half a second and an endpoint that never answers.',
    holds: 'The signal ends the process at the deadline, and the files have every line.',
    async run(stage) {
      const files = filesOf(stage);
      const endpoint = await startEndpoint(stage, 'otlp', () => undefined);
      const { program, ended, millis } = await signalled(
        stage,
        { ...files, url: endpoint.url, handlers: 500, exportMillis: 20_000 },
        (it) => it.kill('SIGTERM'),
      );
      compare(stage, program, ended, files, ['file', 'audit']);
      stage.equal('ended by', ended.signal, 'SIGTERM');
      stage.holds(`within its deadline (${Math.round(millis)} ms)`, millis < 8000);
    },
  },
  {
    name: 'sigint-twice',
    injected: 'SIGINT, and a second SIGINT while the first one waits for an endpoint that never answers.',
    holds: 'The second one ends the process at once, and the files have every line.',
    async run(stage) {
      const files = filesOf(stage);
      const endpoint = await startEndpoint(stage, 'otlp', () => undefined);
      const { program, ended, millis } = await signalled(
        stage,
        { ...files, url: endpoint.url, handlers: 30_000, exportMillis: 30_000 },
        async (it) => {
          it.kill('SIGINT');
          await after(300);
          it.kill('SIGINT');
        },
      );
      compare(stage, program, ended, files, ['file', 'audit']);
      stage.equal('ended by', ended.signal, 'SIGINT');
      stage.holds(`at once (${Math.round(millis)} ms)`, millis < 10_000);
    },
  },
  {
    name: 'sigterm-without-handlers',
    injected: 'SIGTERM, with no handler installed.',
    holds:
      'The process ends at once. Acknowledged lines are in the files, and at most the last line is torn.',
    async run(stage) {
      const files = filesOf(stage);
      await killed(stage, files, 'SIGTERM', 100);
    },
  },
  {
    name: 'stopped-and-continued',
    injected: 'While the app exports, SIGSTOP for longer than an export may take, and then SIGCONT.',
    holds: 'Each record has one outcome, and the files have every line.',
    async run(stage) {
      const files = filesOf(stage);
      const endpoint = await startEndpoint(stage, 'otlp', async ({ take, accept }) => {
        await after(20);
        take();
        accept();
      });
      const program = startProgram(stage, {
        act: 'ends',
        count: N,
        turns: 20,
        ...files,
        url: endpoint.url,
        exportMillis: 400,
        end: 'exit code',
      });
      await stage.until('it exports', () => endpoint.calls > 0);
      program.kill('SIGSTOP');
      await after(800);
      program.kill('SIGCONT');
      const ended = await program.ended;
      compare(stage, program, ended, files, ['otlp', 'file', 'audit']);
      stage.equal('exit code', ended.code, 4);
    },
  },
  {
    name: 'abort',
    injected: '`process.abort()` right after the emits.',
    holds: 'At most the last line of each file is torn, and no line is there twice.',
    async run(stage) {
      const files = filesOf(stage);
      const program = startProgram(stage, { act: 'ends', count: N, turns: 20, ...files, end: 'abort' });
      await program.ended;
      lostWithIt(stage, program, files, {});
    },
  },
  {
    name: 'out-of-memory',
    injected: 'The app exhausts its heap, which ends the process.',
    holds: 'Lines that were written before are whole, and no line is there twice.',
    async run(stage) {
      const files = filesOf(stage);
      const program = startProgram(
        stage,
        { act: 'ends', count: N, turns: 20, ...files, end: 'eat memory' },
        { nodeOptions: ['--max-old-space-size=48'] },
      );
      const { code, signal } = await program.ended;
      stage.holds('it died of it', code !== 0 || signal !== null);
      lostWithIt(stage, program, files, {});
    },
  },
];

/** A process that emits until it is killed. */
async function killed(stage: Stage, files: Files, signal: NodeJS.Signals, millis: number): Promise<void> {
  const program = startProgram(stage, { act: 'writes', count: 0, ...files });
  await stage.until('the program is ready', () => program.said().includes('ready'));
  // Not before there is something to lose.
  await stage.until('a line is acknowledged', () => !/=0\b/.test(program.last('acked') ?? '=0'));
  await after(millis);
  program.kill(signal);
  await program.ended;
  const acked = Object.fromEntries(
    (program.last('acked') ?? '')
      .split(' ')
      .map((part) => part.split('='))
      .map(([name = '', n]) => [name, Number(n)]),
  );
  stage.holds('it wrote', (acked.file ?? 0) > 0);
  lostWithIt(stage, program, files, acked);
}

/** What a process took with it when it died is neither here nor there; what it had acknowledged is there. */
function lostWithIt(
  stage: Stage,
  program: Program,
  files: Files,
  acked: Readonly<Record<string, number>>,
): void {
  // It may have emitted one lot more than it came to say.
  const emitted = program.emitted + 10;
  for (const where of ['file', 'audit'] as const) {
    const seen = stage.arrivals(where);
    const torn = takeFiles([files[where]], seen);
    stage.holds(`at most the last line of ${where} is torn`, torn <= 1);
    const delivered = acked[where] ?? 0;
    let missing = 0;
    for (let n = 0; n < delivered; n++) if (!seen.has(n)) missing++;
    stage.equal(`acknowledged and not in ${where}`, missing, 0);
    const unknown = seen.distinct - Math.min(delivered, seen.distinct);
    const counts = {
      ...NOTHING,
      routed: emitted,
      delivered,
      failed: unknown,
      dropped: { killed: emitted - delivered - unknown },
    };
    stage.account({ where: `${where} sink`, emitted, counts, arrivals: seen });
  }
}

const kills: readonly Fault[] = [
  ...[0, 1, 2, 3].map(
    (round): Fault => ({
      name: `kill-${round + 1}`,
      injected: `SIGKILL at a random moment in the first ${80 * (round + 1)} ms of writing to a file and an audit file.`,
      holds:
        'Acknowledged lines are there, at most the last line is torn, and the next process goes on after it.',
      async run(stage) {
        const files = filesOf(stage);
        await killed(stage, files, 'SIGKILL', 5 + Math.random() * 80 * (round + 1));
        const again = startProgram(stage, { act: 'ends', count: 100, from: 1e6, ...files, end: 'exit' });
        await again.ended;
        const stats = again.stats();
        stage.equal(
          'of the next',
          [stats?.file?.channels.sink?.delivered, stats?.audit?.channels.sink?.delivered],
          [100, 100],
        );
      },
    }),
  ),
];

const threads: readonly Fault[] = [
  ...(['exit', 'throw'] as const).map(
    (end): Fault => ({
      name: `thread-${end}s`,
      injected: `A worker thread emits and ${end === 'exit' ? 'calls `process.exit`' : 'throws an error that nothing catches'}.`,
      holds: 'The files have every line.',
      async run(stage) {
        const files = filesOf(stage);
        const program = startProgram(stage, { act: 'threads', count: N, ...files, end });
        const ended = await program.ended;
        compare(stage, program, ended, files, ['file', 'audit']);
        stage.equal('lines', [stage.arrivals('file').distinct, stage.arrivals('audit').distinct], [N, N]);
      },
    }),
  ),
  {
    name: 'thread-terminated',
    injected: 'A worker thread emits, flushes, and is terminated.',
    holds: 'Delivered lines are in the files.',
    async run(stage) {
      const files = filesOf(stage);
      const program = startProgram(stage, { act: 'threads', count: 100, ...files, end: 'terminate' });
      const ended = await program.ended;
      compare(stage, program, ended, files, ['file', 'audit']);
    },
  },
];

const pipes: readonly Fault[] = [
  {
    name: 'reader-goes-away',
    injected: 'The reader of the console goes away after five lines.',
    holds: 'The app ends with its own exit code, the file has every line, and no line is counted twice.',
    async run(stage) {
      const files = filesOf(stage);
      const program = startProgram(
        stage,
        { act: 'ends', count: N, turns: 50, console: true, ...files, end: 'exit code' },
        { shell: '| head -n 5' },
      );
      const ended = await program.ended;
      compare(stage, program, { ...ended, stdout: '' }, files, ['file', 'audit']);
      const said = program.stats()?.console?.channels.sink ?? NOTHING;
      stage.account({ where: 'console sink', emitted: N, counts: said });
      stage.equal('lines of the file', stage.arrivals('file').distinct, N);
    },
  },
  {
    name: 'reader-does-not-read',
    injected: 'The reader of the console does not read, and the app shuts down.',
    holds: 'The shutdown settles by its deadline, the files have every line, and each line has one outcome.',
    async run(stage) {
      const files = filesOf(stage);
      const program = startProgram(
        stage,
        {
          act: 'ends',
          count: N,
          text: 'x'.repeat(500),
          console: true,
          ...files,
          handlers: 1500,
          end: 'shutdown',
        },
        { deaf: true },
      );
      const ended = await program.ended;
      compare(stage, program, ended, files, ['file', 'audit']);
      const said = program.stats()?.console?.channels.sink ?? NOTHING;
      stage.account({ where: 'console sink', emitted: N, counts: said });
      stage.equal('exit code', ended.code, 0);
    },
  },
  {
    name: 'two-processes-one-file',
    injected: 'Two processes append lines of 4 kB to one file.',
    holds: 'No line is torn, and each line is there once.',
    async run(stage) {
      const file = join(stage.folder, 'file.jsonl');
      const text = 'x'.repeat(4000);
      const programs = [0, 1].map((i) =>
        startProgram(stage, { act: 'ends', count: N, from: i * N, turns: 40, text, file, end: 'exit code' }),
      );
      await Promise.all(programs.map(({ ended }) => ended));
      const seen = stage.arrivals('file');
      stage.equal('torn', takeFiles([file], seen), 0);
      const delivered = programs.reduce(
        (sum, { stats }) => sum + (stats()?.file?.channels.sink?.delivered ?? 0),
        0,
      );
      stage.account({
        where: 'file sink',
        emitted: 2 * N,
        counts: { ...NOTHING, routed: 2 * N, delivered },
        arrivals: seen,
      });
    },
  },
];

/** Ends endpoints of processes of their own, and notes what they said that they took. */
async function takeSaid(stage: Stage, programs: readonly Program[]): Promise<void> {
  for (const program of programs) program.kill('SIGTERM');
  await Promise.all(programs.map(({ ended }) => ended));
  const seen = stage.arrivals('otlp');
  for (const program of programs)
    for (const line of program.said())
      if (line.startsWith('took ')) for (const n of line.split(' ').slice(1)) seen.take(Number(n));
}

const receivers: readonly Fault[] = [
  {
    name: 'endpoint-killed',
    injected: "The endpoint's process is killed while the box sends to it, and restarted at the same port.",
    holds: 'Records that it acknowledged are delivered, and each record has one outcome.',
    async run(stage) {
      const first = startProgram(stage, { act: 'receives', count: 0 });
      await stage.until('it listens', () => first.last('port') !== undefined);
      const port = Number(first.last('port'));
      const { exporters } = await import('signalbox/sdk');
      const { OTLPLogExporter } = await import('@opentelemetry/exporter-logs-otlp-http');
      const logs = new OTLPLogExporter({ url: `http://127.0.0.1:${port}/v1/logs`, timeoutMillis: 500 });
      const scene = stage.open({
        destinations: { otlp: exporters({ logs, batch: { size: 20, delayMillis: 2, timeoutMillis: 700 } }) },
      });
      stage.mayDouble('otlp');
      await scene.emitOverTurns(500, 20);
      await stage.until('it takes', () => first.last('took') !== undefined);
      first.kill('SIGKILL');
      await first.ended;
      await scene.emitOverTurns(500, 20);
      await scene.call(() => scene.box.forceFlush());
      const second = startProgram(stage, { act: 'receives', count: 0, port });
      await stage.until('it listens again', () => second.last('port') !== undefined);
      await scene.emitOverTurns(500, 20);
      await scene.end();
      await takeSaid(stage, [first, second]);
      stage.holds('it goes on', second.last('took') !== undefined);
    },
  },
  {
    name: 'endpoint-stopped',
    injected:
      "SIGSTOP halts the endpoint's process for longer than an export may take, and SIGCONT resumes it.",
    holds: 'Records that it takes later have failed by then, because their outcome was unknown.',
    async run(stage) {
      const receiver = startProgram(stage, { act: 'receives', count: 0 });
      await stage.until('it listens', () => receiver.last('port') !== undefined);
      const { exporters } = await import('signalbox/sdk');
      const { OTLPLogExporter } = await import('@opentelemetry/exporter-logs-otlp-http');
      const logs = new OTLPLogExporter({
        url: `http://127.0.0.1:${receiver.last('port')}/v1/logs`,
        timeoutMillis: 300,
      });
      const scene = stage.open({
        destinations: { otlp: exporters({ logs, batch: { size: 50, delayMillis: 2, timeoutMillis: 400 } }) },
      });
      stage.mayDouble('otlp');
      scene.emit(200);
      await scene.call(() => scene.box.forceFlush());
      receiver.kill('SIGSTOP');
      scene.emit(200);
      await scene.call(() => scene.box.forceFlush());
      receiver.kill('SIGCONT');
      scene.emit(200);
      await scene.end();
      await after(300);
      await takeSaid(stage, [receiver]);
      stage.holds('some have failed', scene.counts('otlp', 'logs').failed > 0);
    },
  },
];

export const processes: Group = {
  name: 'processes',
  about: 'A process that ends, is killed or is stopped. The figures come from another process.',
  faults: [...natural, ...signals, ...kills, ...threads, ...pipes, ...receivers],
};
