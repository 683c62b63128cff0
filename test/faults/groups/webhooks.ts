import { DiagLogLevel, diag } from '@opentelemetry/api';
import { batched, webhook } from 'signalbox/sinks';
import type { Call, Endpoint } from '../doubles/endpoint.js';
import { freePort, startEndpoint, startSocketEndpoint, takesAll } from '../doubles/endpoint.js';
import { numberIn } from '../doubles/lines.js';
import type { Fault, Group } from '../fault.js';
import type { Scene } from '../stage/scene.js';
import type { Stage } from '../stage/stage.js';

const N = 300;
const SECRET = 'tops3cret';
const never = (): Promise<undefined> => new Promise(() => undefined);

type Hooked = Scene<'hook'>;
type Check = (stage: Stage, scene: Hooked, endpoint: Endpoint) => void;

/** Numbers of a list of emissions. */
function listed(body: Buffer): number[] {
  return (JSON.parse(body.toString()) as unknown[]).flatMap((one) => numberIn(one) ?? []);
}

/** A box with a webhook to an address with a password, and what diag was told meanwhile. */
function withHook(
  stage: Stage,
  url: string,
  timeoutMillis: number,
): { readonly scene: Hooked; readonly told: string[] } {
  const told: string[] = [];
  const keep = (...all: unknown[]): void => void told.push(all.map(String).join(' '));
  diag.setLogger(
    { error: keep, warn: keep, info: keep, debug: keep, verbose: keep },
    { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
  );
  stage.atEnd(() => diag.disable());
  const hook = webhook({
    url: `${url.replace('//', `//user:${SECRET}@`)}/hook?token=${SECRET}`,
    headers: { 'x-token': SECRET },
    batch: { size: 50, ageMillis: 10 },
    gzip: true,
    timeoutMillis,
    deadlineMillis: timeoutMillis * 3,
    retry: { attempts: 3, delayMillis: 5 },
  });
  return { scene: stage.open({ destinations: { hook }, routes: [{ signals: '*', to: 'hook' }] }), told };
}

/** A fault of what a webhook is sent to. */
function hooked(
  name: string,
  injected: string,
  holds: string,
  reach: (stage: Stage) => Promise<Endpoint>,
  check: Check,
  { patient = false, doubles = false } = {},
): Fault {
  return {
    name,
    injected,
    holds: `${holds} No report shows the address or the headers.`,
    async run(stage) {
      stage.arrivals('hook');
      if (doubles) stage.mayDouble('hook');
      const endpoint = await reach(stage);
      const { scene, told } = withHook(stage, endpoint.url, patient ? 10_000 : 200);
      scene.emit(N);
      await scene.call(() => scene.box.forceFlush({ timeoutMillis: patient ? 30_000 : 4000 }));
      await scene.end(500);
      check(stage, scene, endpoint);
      const all = [...told, JSON.stringify(scene.box.stats()), String(scene.box.describe())].join('\n');
      stage.holds('the secret is in nothing that is told', !all.includes(SECRET));
    },
  };
}

const http =
  (answer: (call: Call) => unknown, early = false) =>
  (stage: Stage): Promise<Endpoint> =>
    startEndpoint(stage, 'hook', answer, { early, read: listed });

const all: Check = (stage, scene) => stage.equal('delivered', scene.counts('hook').delivered, N);
const none: Check = (stage, scene) => stage.equal('delivered', scene.counts('hook').delivered, 0);
const LOST = 'Nothing is delivered, and each emission has an outcome.';

export const webhooks: Group = {
  name: 'webhooks',
  about:
    'The webhook sink with batches, gzip and a password in its address; and functions behind `batched()`.',
  faults: [
    hooked('sound', 'Nothing: the endpoint works.', 'Everything is delivered.', http(takesAll), all, {
      patient: true,
    }),
    hooked(
      'hangs',
      'The endpoint never answers.',
      LOST,
      http(() => undefined),
      none,
    ),
    hooked(
      'flaps',
      'The endpoint answers 503 to two of three requests.',
      'The sink retries each batch, and every emission is delivered once.',
      http(({ nth, response, take, accept }) => {
        if (nth % 3 !== 2) return response.writeHead(503, { 'retry-after': '0' }).end();
        take();
        return accept();
      }),
      all,
      { patient: true },
    ),
    hooked(
      'takes-and-answers-503',
      'The endpoint takes everything, answers 503 at first, and recognizes a repeated `Idempotency-Key`.',
      'Everything is delivered, and the endpoint has each emission once.',
      async (stage) => {
        const keys = new Set<unknown>();
        return http(({ request, response, take, accept }) => {
          const key = request.headers['idempotency-key'];
          if (keys.has(key)) return accept();
          keys.add(key);
          take();
          return response.writeHead(503).end();
        })(stage);
      },
      all,
      { patient: true },
    ),
    hooked(
      'retry-after-a-day',
      'The endpoint answers 429 with a `Retry-After` of a day.',
      LOST,
      http(({ response }) => response.writeHead(429, { 'retry-after': '86400' }).end()),
      none,
    ),
    hooked(
      'one-poisoned',
      'The endpoint answers 422 to every batch that holds one of three poisoned emissions.',
      'Those three fail, and all others are delivered.',
      http(({ numbers, response, take, accept }) => {
        if (numbers.some((n) => n % 100 === 7)) return response.writeHead(422).end();
        take();
        return accept();
      }),
      (stage, scene) => stage.equal('delivered', scene.counts('hook').delivered, N - 3),
      { patient: true },
    ),
    hooked(
      'redirects',
      'The endpoint redirects with 302 to another of its paths, which takes the batch.',
      'The sink follows no redirect, so everything fails.',
      http(({ request, response, take, accept }) => {
        if (!request.url?.startsWith('/hook')) {
          take();
          return accept();
        }
        return response.writeHead(302, { location: '/elsewhere' }).end();
      }),
      none,
    ),
    hooked(
      'reset-in-the-answer',
      'The endpoint takes everything, and cuts the connection in the middle of the response body.',
      'Each emission has one outcome.',
      http(({ response, take }) => {
        take();
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{');
        setTimeout(() => response.socket?.resetAndDestroy(), 5);
      }),
      (stage, _, endpoint) => stage.holds('it was reached', endpoint.calls > 0),
      { doubles: true },
    ),
    hooked(
      'answer-without-end',
      'The endpoint takes everything, and answers 200 with an endless body.',
      'Each emission has one outcome, and the sink releases the connection.',
      http(({ response, take }) => {
        take();
        response.writeHead(200);
        const timer = setInterval(() => response.write('x'.repeat(1024)), 5);
        response.on('close', () => clearInterval(timer));
      }),
      (stage, _, endpoint) => stage.holds('it was reached', endpoint.calls > 0),
      { doubles: true },
    ),
    hooked(
      'closes-in-the-headers',
      'The endpoint closes the connection in the middle of the response headers.',
      LOST,
      (stage) =>
        startSocketEndpoint(
          stage,
          (it) => void it.once('data', () => it.end('HTTP/1.1 200 OK\r\ncontent-ty')),
        ),
      none,
    ),
    hooked(
      'refuses-connections',
      'Nothing listens at the address.',
      LOST,
      async () => {
        const port = await freePort();
        return { url: `http://127.0.0.1:${port}`, port, calls: 0, stop: async () => undefined };
      },
      none,
    ),
    {
      name: 'batches-hang',
      injected: 'A function behind `batched()` answers the first batch, and then never again.',
      holds:
        'The shutdown settles by its deadline. The first batch is delivered; the rest is failed or dropped.',
      async run(stage) {
        let nth = 0;
        const take = batched(
          (emissions) => {
            for (const { fields } of emissions) stage.arrivals('rows').take(fields.n);
            return nth++ === 0 ? undefined : never();
          },
          { size: 50, ageMillis: 5 },
        );
        const scene = stage.open({ destinations: { rows: take } });
        scene.emit(N);
        await scene.end(300);
        stage.equal('delivered', scene.counts('rows').delivered, 50);
      },
    },
    {
      name: 'batches-answer-nonsense',
      injected:
        'A function behind `batched()` throws, or returns arrays that are too short, too long or full of rejections.',
      holds: 'Each emission has one outcome, and no rejection is unhandled.',
      async run(stage) {
        let nth = 0;
        const answers: readonly ((length: number) => unknown)[] = [
          () => [],
          (length) => new Array(length + 5).fill(undefined),
          (length) => Array.from({ length }, () => Promise.reject(new Error('no'))),
          () => {
            throw new Error('no');
          },
          () => Promise.reject(),
          () => 5,
        ];
        const take = batched(
          ((emissions: readonly { readonly fields: { readonly n?: unknown } }[]) => {
            for (const { fields } of emissions) stage.arrivals('rows').take(fields.n);
            return answers[nth++ % answers.length]?.(emissions.length);
          }) as never,
          { size: 50, ageMillis: 5 },
        );
        const scene = stage.open({ destinations: { rows: take } });
        scene.emit(N);
        await scene.end();
      },
    },
  ],
};
