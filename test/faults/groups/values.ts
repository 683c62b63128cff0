import { join } from 'node:path';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { defineSignal, field } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { jsonLineFile } from 'signalbox/sinks';
import { hostileValues, trouble, unreadable } from '../../promises/hostile.js';
import { startEndpoint, takesAll } from '../doubles/endpoint.js';
import { takeFiles } from '../doubles/lines.js';
import type { Fault, Group } from '../fault.js';
import type { Scene } from '../stage/scene.js';
import type { Stage } from '../stage/stage.js';

const OPEN = defineSignal('FAULT_OPEN', {
  message: 'open',
  fields: {
    n: field.int(),
    text: field.optional(field.string()),
    id: field.optional(field.id()),
    number: field.optional(field.number()),
    at: field.optional(field.time()),
    error: field.optional(field.error()),
    list: field.optional(field.list()),
    json: field.optional(field.json()),
  },
});
const FIELDS = ['text', 'id', 'number', 'at', 'error', 'list', 'json'] as const;

type Scened = Scene<'sink' | 'file' | 'otlp'>;

/** A box with a sink, a file and a real exporter; all has to come to each of them. */
async function withAll(stage: Stage): Promise<Scened> {
  const path = join(stage.folder, 'lines.jsonl');
  const endpoint = await startEndpoint(stage, 'otlp', takesAll);
  stage.arrivals('file');
  const scene = stage.open({
    destinations: {
      sink: (emission) => stage.arrivals('sink').take(emission.fields.n),
      file: jsonLineFile({ path }),
      otlp: exporters({
        logs: new OTLPLogExporter({ url: `${endpoint.url}/v1/logs`, timeoutMillis: 5000 }),
        batch: { delayMillis: 10 },
      }),
    },
    routes: [{ signals: '*', to: ['sink', 'file', 'otlp'] }],
  });
  stage.atEnd(() => {
    stage.equal('torn lines', takeFiles([path], stage.arrivals('file')), 0);
  });
  return scene;
}

function values(
  name: string,
  injected: string,
  holds: string,
  act: (scene: Scened, stage: Stage) => unknown,
): Fault {
  return {
    name,
    injected,
    holds,
    async run(stage) {
      const scene = await withAll(stage);
      await act(scene, stage);
      await scene.end(10_000);
      const refused = Object.values(scene.box.stats().refused).reduce((sum, n) => sum + n, 0);
      for (const where of ['sink', 'file', 'otlp'] as const) {
        const { delivered } = scene.counts(where, where === 'otlp' ? 'logs' : 'sink');
        stage.equal(`delivered to ${where}`, delivered, scene.emitted - refused);
      }
    },
  };
}

const ALL = 'Each emission reaches the sink, the file and the endpoint, without parts that cannot be sent.';

/** Emits each value in each kind of field. */
function each(scene: Scened, all: readonly unknown[]): void {
  for (const value of all) for (const name of FIELDS) scene.emit(1, OPEN, { [name]: value });
}

export const valuing: Group = {
  name: 'values',
  about: 'Values that the app passes to an emit.',
  faults: [
    values(
      'hostile-in-each-field',
      'Each kind of field gets values that throw when read, cyclic values, Proxies, BigInts and the like.',
      ALL,
      (scene) => each(scene, Object.values(hostileValues())),
    ),
    values(
      'hostile-in-level-records',
      'Level records have the same values in their fields.',
      ALL,
      async (scene) => {
        for (const value of Object.values(hostileValues())) {
          await scene.call(() => scene.box.info('open', { n: scene.emitted, value } as never));
          scene.emitted++;
        }
      },
    ),
    values(
      'changes-with-each-look',
      'Getters return a different value each time, such as a number, a function or an error.',
      ALL,
      async (scene) => {
        let nth = 0;
        const changing = {
          get text() {
            return [1, () => 'x', new Error('no'), 'text'][nth++ % 4];
          },
        };
        for (let i = 0; i < 100; i++) {
          const given = Object.defineProperties({}, Object.getOwnPropertyDescriptors(changing));
          Object.defineProperty(given, 'n', { value: scene.emitted, enumerable: true });
          await scene.call(() => scene.box.emit(OPEN, given as never));
          scene.emitted++;
        }
      },
    ),
    values(
      'strings-of-16-megabytes',
      'Strings of 16 MB that end with half a surrogate pair.',
      ALL,
      (scene) => {
        for (let i = 0; i < 10; i++)
          scene.emit(1, OPEN, { text: `${'x'.repeat(16 * 2 ** 20)}\ud83d`, id: '\udc00' });
      },
    ),
    values(
      'control-characters',
      'Strings contain line ends, escapes, C1 controls, separators and bidirectional controls.',
      `${ALL} Each is one line of the file.`,
      (scene) => {
        const odd = Array.from({ length: 0x2100 }, (_, code) => String.fromCharCode(code)).join('');
        for (let i = 0; i < 20; i++)
          scene.emit(1, OPEN, { text: odd.slice(i * 400, i * 400 + 500), id: `a\nb\r\u2028${i}` });
      },
    ),
    values(
      'numbers-beyond-the-wire',
      'Number fields hold integers beyond 64 bits, NaN, infinities, -0 and the smallest number.',
      `${ALL} The endpoint refuses none of the batches.`,
      (scene) =>
        each(scene, [
          2 ** 63,
          -(2 ** 64),
          1e21,
          1e308,
          Number.NaN,
          Number.POSITIVE_INFINITY,
          -0,
          5e-324,
          Number.MAX_SAFE_INTEGER + 2,
        ]),
    ),
    values(
      'names-of-prototypes',
      'Level records have fields named `__proto__`, `constructor`, `toString` and `then`.',
      `${ALL} No prototype changes.`,
      async (scene, stage) => {
        for (const name of ['__proto__', 'constructor', 'toString', 'then', 'hasOwnProperty', 'toJSON']) {
          const fields = JSON.parse(`{"n": ${scene.emitted}, "${name}": {"polluted": true}}`);
          await scene.call(() => scene.box.info('open', fields));
          scene.emitted++;
        }
        stage.equal('polluted', ({} as { polluted?: unknown }).polluted, undefined);
      },
    ),
    values(
      'names-without-end',
      'Level records have 20,000 different field names, and one record has 10,000 fields.',
      ALL,
      async (scene) => {
        for (let i = 0; i < 20_000; i++) {
          await scene.call(() => scene.box.info('open', { n: scene.emitted, [`field_${i}`]: i }));
          scene.emitted++;
          if (i % 2000 === 0) await scene.call(() => scene.box.forceFlush({ timeoutMillis: 20_000 }));
        }
        const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`wide_${i}`, i]));
        await scene.call(() => scene.box.info('open', { n: scene.emitted, ...wide }));
        scene.emitted++;
      },
    ),
    values(
      'messages-that-throw',
      'Message functions throw, reject, return nothing and return 5 MB.',
      ALL,
      (scene) => {
        const messages = [
          trouble,
          () => Promise.reject(new Error('no')),
          () => undefined,
          () => 'x'.repeat(5e6),
          () => unreadable(),
          () => Symbol('s'),
        ];
        for (const [i, message] of messages.entries()) {
          const signal = defineSignal(`FAULT_TOLD_${i}`, {
            message: message as never,
            fields: { n: field.int() },
          });
          scene.emit(10, signal);
        }
      },
    ),
    {
      name: 'options-that-are-none',
      injected:
        'The options of an emit are hostile: an invalid context, times that the wire cannot carry, throwing getters.',
      holds: 'No emit throws. The box counts what it refuses, and the rest is delivered.',
      async run(stage) {
        const scene = await withAll(stage);
        const odd = [
          { context: 5 },
          { context: {} },
          { context: unreadable() },
          { severity: 'loud' },
          { timestamp: -1 },
          { timestamp: 1e15 },
          { timestamp: 'soon' },
          { timestamp: Number.NaN },
          { message: unreadable() },
          {
            get severity() {
              return trouble();
            },
          },
          {
            get context() {
              return trouble();
            },
          },
          unreadable(),
          5,
          'x',
          Symbol('s'),
          [],
          null,
        ];
        for (const options of odd) {
          await scene.call(() => scene.box.emit(OPEN, { n: scene.emitted }, options as never));
          scene.emitted++;
        }
        await scene.end();
      },
    },
    {
      name: 'signals-that-are-none',
      injected:
        'The app emits values that are not signals or not fields, and gives level methods wrong arguments.',
      holds: 'No emit throws, and the box counts each emit that it refuses.',
      async run(stage) {
        let taken = 0;
        const scene = stage.open({ destinations: { sink: () => void taken++ } });
        const odd = [undefined, null, 5, 'JOB', {}, [], () => 1, Symbol('s'), unreadable(), { ...OPEN }];
        for (const given of odd) {
          await scene.call(() => scene.box.emit(given as never, { n: scene.emitted } as never));
          scene.emitted++;
          await scene.call(() => scene.box.emit(OPEN, given as never));
          scene.emitted++;
          await scene.call(() => scene.box.info(given as never, given as never));
          scene.emitted++;
        }
        for (const channel of ['sink', 'logs'] as const)
          scene.expect(channel === 'sink' ? 'sink' : 'otel', channel, 'unknown');
        await scene.end();
        const { refused, unrouted, emitted } = scene.box.stats();
        const turned = Object.values(refused).reduce((sum, n) => sum + n, 0);
        stage.equal('in all', emitted + unrouted + turned, scene.emitted);
        stage.equal('delivered', scene.counts('sink').delivered, taken);
      },
    },
  ],
};
