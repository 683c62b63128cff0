import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { SinkFunction, SinkResult } from '../../../src/delivery/sink-function.js';
import type { Emission } from '../../../src/emission/emission.js';
import { SignalboxError } from '../../../src/signal/signalbox-error.js';
import { jsonLine } from '../../../src/sinks/json-line.js';
import { webhook } from '../../../src/sinks/webhook/webhook.js';
import type { WebhookOptions } from '../../../src/sinks/webhook/webhook-options.js';
import { callOf, numbered } from '../../delivery/helpers.js';
import { noUnhandledRejections } from '../../promises/rejections.js';
import { HttpEndpoint, until } from './http-endpoint.js';

const QUICK = { attempts: 3, delayMillis: 1 };

noUnhandledRejections();

/** A webhook that lets go of its connections with the test. */
function hook(options: WebhookOptions): SinkFunction {
  const sink = webhook(options);
  onTestFinished(() => sink.close?.());
  return sink;
}

/** What becomes of each emission: `delivered`, or what it failed with. */
async function outcomes(
  sink: SinkFunction,
  emissions: readonly Emission[],
  signal = new AbortController().signal,
): Promise<unknown[]> {
  const answers = emissions.map(async (emission): Promise<SinkResult> => sink(emission, callOf(signal)));
  sink.flush?.();
  return (await Promise.allSettled(answers)).map((one) =>
    one.status === 'fulfilled' ? (one.value ?? 'delivered') : (one.reason as Error).message,
  );
}

const messages = (text: string): string[] =>
  (JSON.parse(text) as { message: string }[]).map(({ message }) => message);

describe('what webhook() sends', () => {
  test('webhook() - posts one emission a request as the object of its JSON line', async () => {
    const endpoint = await HttpEndpoint.listening(200);
    const emissions = numbered(2);
    expect(await outcomes(hook({ url: endpoint.url }), emissions)).toEqual(['delivered', 'delivered']);
    expect(endpoint.texts).toEqual(emissions.map((emission) => jsonLine(emission)));
    expect(endpoint.received[0]).toMatchObject({
      method: 'POST',
      path: '/hooks/s3cret?key=s3cret',
      headers: { 'content-type': 'application/json' },
    });
  });

  test('webhook() - sends batches in order, by size, as a list or line by line', async () => {
    const endpoint = await HttpEndpoint.listening(200);
    const batch = { size: 4, ageMillis: 60_000 };
    await outcomes(hook({ url: endpoint.url, batch }), numbered(10));
    expect(endpoint.texts.map(messages)).toEqual([
      ['0', '1', '2', '3'],
      ['4', '5', '6', '7'],
      ['8', '9'],
    ]);
    await outcomes(hook({ url: endpoint.url, batch, format: 'lines' }), numbered(2));
    expect(endpoint.texts.at(-1)).toBe(
      numbered(2)
        .map((emission) => `${jsonLine(emission)}\n`)
        .join(''),
    );
    expect(endpoint.received.at(-1)?.headers['content-type']).toBe('application/x-ndjson');
  });

  test('webhook() - sends a batch when it is old enough', async () => {
    const endpoint = await HttpEndpoint.listening(200);
    const sink = hook({ url: endpoint.url, batch: { size: 100, ageMillis: 10 } });
    await Promise.all(numbered(3).map((emission) => sink(emission, callOf())));
    expect(endpoint.texts.map(messages)).toEqual([['0', '1', '2']]);
  });

  test("webhook() - sends what the app's function makes: texts as they are, anything else as JSON", async () => {
    const endpoint = await HttpEndpoint.listening(204);
    const headers = { 'Content-Type': 'text/csv', Authorization: 'Bearer s3cret' };
    await outcomes(
      hook({ url: endpoint.url, method: 'PUT', headers, format: ({ message }) => `${message};` }),
      numbered(1),
    );
    expect(endpoint.received[0]).toMatchObject({
      method: 'PUT',
      headers: { 'content-type': 'text/csv', authorization: 'Bearer s3cret' },
    });
    const format = (emissions: readonly Emission[]): unknown => ({ n: emissions.length });
    await outcomes(hook({ url: endpoint.url, batch: { size: 2, ageMillis: 60_000 }, format }), numbered(2));
    expect(endpoint.texts).toEqual(['0;', '{"n":2}']);
  });

  test('webhook() - compresses what arrives as it was', async () => {
    const endpoint = await HttpEndpoint.listening(200);
    const text = `${randomBytes(20_000).toString('base64')} ä€😀`;
    await outcomes(hook({ url: endpoint.url, gzip: true, format: () => text }), numbered(1));
    const [request] = endpoint.received;
    expect(request?.headers['content-encoding']).toBe('gzip');
    expect(request?.headers['content-length']).toBe(String(request?.body.length));
    expect(gunzipSync(request?.body ?? '').toString()).toBe(text);
  });

  test('webhook() - takes a body that its format can not write from the batch alone', async () => {
    const endpoint = await HttpEndpoint.listening(200);
    const format = (emissions: readonly Emission[]): unknown => {
      if (emissions.some(({ message }) => message === '2')) throw new Error('no twos');
      return emissions.map(({ message }) => message);
    };
    const sink = hook({ url: endpoint.url, batch: { size: 5, ageMillis: 60_000 }, format });
    expect(await outcomes(sink, numbered(5))).toEqual([
      'delivered',
      'delivered',
      'no twos',
      'delivered',
      'delivered',
    ]);
    expect(endpoint.texts.flatMap((body) => JSON.parse(body) as string[])).toEqual(['0', '1', '3', '4']);
  });

  test.each<[string, () => unknown, string]>([
    [
      'a promise',
      async () => Promise.reject(new Error('late')),
      'gave a promise: give a function that answers at once',
    ],
    ['nothing', () => undefined, 'gave undefined: give a text, or what JSON can write'],
  ])('webhook() - a format that gives %s fails, and nothing is sent', async (_, format, message) => {
    const endpoint = await HttpEndpoint.listening(200);
    expect(await outcomes(hook({ url: endpoint.url, format }), numbered(1))).toEqual([
      `\`format\` of webhook() ${message}`,
    ]);
    expect(endpoint.received).toEqual([]);
  });
});

describe('what webhook() makes of an answer', () => {
  test('webhook() - tries again after 500, with the same request and idempotency key, and delivers', async () => {
    const endpoint = await HttpEndpoint.listening(500, 503, 200);
    const sink = hook({ url: endpoint.url, retry: QUICK, gzip: true });
    expect(await outcomes(sink, numbered(2))).toEqual(['delivered', 'delivered']);
    const [first, second, third, other] = endpoint.received;
    const keys = endpoint.received.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^"[\da-f]{8}-[\da-f-]{27}"$/);
    expect([second?.headers, third?.headers]).toEqual([first?.headers, first?.headers]);
    expect([second?.body, third?.body]).toEqual([first?.body, first?.body]);
    expect(other?.headers['idempotency-key']).not.toBe(keys[0]);
  });

  test.each([408, 429, 500, 502, 599])('webhook() - gives up on %i after the last try', async (status) => {
    const endpoint = await HttpEndpoint.listening(status);
    expect(await outcomes(hook({ url: endpoint.url, retry: QUICK }), numbered(1))).toEqual([
      `the endpoint answered ${status}; given up after 3 tries`,
    ]);
    expect(endpoint.received).toHaveLength(3);
  });

  test.each<[number, string]>([
    [400, 'the endpoint answered 400: it does not take this'],
    [401, 'the endpoint answered 401, and is not asked again'],
    [404, 'the endpoint answered 404, and is not asked again'],
    [410, 'the endpoint answered 410, and is not asked again'],
  ])('webhook() - a %i fails at once', async (status, message) => {
    const endpoint = await HttpEndpoint.listening(status);
    expect(await outcomes(hook({ url: endpoint.url }), numbered(1))).toEqual([message]);
    expect(endpoint.received).toHaveLength(1);
  });

  test('webhook() - follows no redirect, and says so without its address', async () => {
    const elsewhere = await HttpEndpoint.listening(200);
    const endpoint = await HttpEndpoint.listening([307, { location: elsewhere.url }]);
    expect(await outcomes(hook({ url: endpoint.url }), numbered(1))).toEqual([
      'the endpoint answered 307, a redirect, which is not followed: give the address that it leads to',
    ]);
    expect([endpoint.received.length, elsewhere.received.length]).toEqual([1, 0]);
  });

  test('webhook() - of a batch that is refused the emissions are lost alone that the endpoint does not take', async () => {
    const endpoint = await HttpEndpoint.listening((response, request) => {
      const body = endpoint.texts.at(-1) ?? '';
      void request;
      response.writeHead(messages(body).includes('5') ? 422 : 200).end();
    });
    const sink = hook({ url: endpoint.url, batch: { size: 8, ageMillis: 60_000 } });
    const refused = 'the endpoint answered 422: it does not take this';
    expect(await outcomes(sink, numbered(8))).toEqual([
      ...['delivered', 'delivered', 'delivered', 'delivered', 'delivered', refused, 'delivered', 'delivered'],
    ]);
    expect(endpoint.received).toHaveLength(7);
    expect(new Set(endpoint.received.map(({ headers }) => headers['idempotency-key']))).toHaveProperty(
      'size',
      7,
    );
    const taken = endpoint.texts.map(messages).filter((each) => !each.includes('5'));
    expect(taken.flat()).toEqual(['0', '1', '2', '3', '4', '6', '7']);
  });

  test('webhook() - an endpoint that takes nothing is left alone soon', async () => {
    const endpoint = await HttpEndpoint.listening(413);
    const sink = hook({ url: endpoint.url, batch: { size: 64, ageMillis: 60_000 } });
    const all = await outcomes(sink, numbered(64));
    expect(new Set(all)).toEqual(new Set(['the endpoint answered 413: it does not take this']));
    expect(all).toHaveLength(64);
    expect(endpoint.received.length).toBe(1 + 2 * 6 + 2);
  });
});

describe('Retry-After of webhook()', () => {
  const patient = { attempts: 2, delayMillis: 3, jitter: false };

  /** Has timers fire when the test says so, but for those of Node's own. Gives the waits that were begun. */
  function slowTime(): number[] {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const waits: number[] = [];
    const fake = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((fn: () => void, millis: number) => {
      waits.push(millis);
      return fake(fn, millis);
    }) as typeof setTimeout);
    onTestFinished(() => {
      vi.restoreAllMocks();
      vi.useRealTimers();
    });
    return waits;
  }

  test.each<[string, Record<string, string>, number]>([
    ['seconds', { 'retry-after': '7' }, 7_000],
    [
      'a date',
      { 'retry-after': 'Wed, 21 Oct 2015 07:28:07 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' },
      7_000,
    ],
    ['a date that is past', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 3],
    ['nonsense', { 'retry-after': 'soon' }, 3],
  ])('webhook() - waits as long as the endpoint asks in %s', async (_, headers, wait) => {
    const endpoint = await HttpEndpoint.listening([429, headers], 200);
    const waits = slowTime();
    const outcome = outcomes(hook({ url: endpoint.url, retry: patient, timeoutMillis: 9_999 }), numbered(1));
    await until(() => waits.includes(wait));
    await vi.advanceTimersByTimeAsync(wait - 1);
    expect(endpoint.received).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toEqual(['delivered']);
    expect(endpoint.received).toHaveLength(2);
  });

  test('webhook() - waits for no day: it gives up, and says for how long it was asked to wait', async () => {
    const endpoint = await HttpEndpoint.listening([503, { 'retry-after': '86400' }]);
    expect(await outcomes(hook({ url: endpoint.url }), numbered(1))).toEqual([
      'the endpoint answered 503; given up after 1 try, because it asks to wait 86400 s and a batch has 60000 ms',
    ]);
    expect(endpoint.received).toHaveLength(1);
  });

  test('webhook() - asks no more until then, for other emissions neither', async () => {
    const endpoint = await HttpEndpoint.listening([429, { 'retry-after': '86400' }]);
    const [first, ...others] = await outcomes(hook({ url: endpoint.url }), numbered(50));
    expect(first).toBe(
      'the endpoint answered 429; given up after 1 try, because it asks to wait 86400 s and a batch has 60000 ms',
    );
    expect(new Set(others)).toEqual(
      new Set(['nothing was sent: the endpoint asked to wait for another 86400 s and a batch has 60000 ms']),
    );
    expect(endpoint.received).toHaveLength(1);
  });

  test('webhook() - has the next batch wait until then, where it has the time, and forgets it after', async () => {
    const endpoint = await HttpEndpoint.listening([503, { 'retry-after': '7' }], 200);
    const waits = slowTime();
    const sink = hook({ url: endpoint.url, retry: { attempts: 1 }, timeoutMillis: 9_999 });
    expect(await outcomes(sink, numbered(1))).toEqual(['the endpoint answered 503; given up after 1 try']);
    waits.length = 0;
    const outcome = outcomes(sink, numbered(2));
    await until(() => waits.some((wait) => wait > 6_000 && wait <= 7_000));
    expect(endpoint.received).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(7_000);
    expect(await outcome).toEqual(['delivered', 'delivered']);
    expect(endpoint.received).toHaveLength(3);
  });

  test('webhook() - stops waiting until then when nobody waits for the batch any more', async () => {
    const endpoint = await HttpEndpoint.listening([503, { 'retry-after': '7' }]);
    const waits = slowTime();
    const sink = hook({ url: endpoint.url, retry: { attempts: 1 }, timeoutMillis: 9_999 });
    await outcomes(sink, numbered(1));
    waits.length = 0;
    const controller = new AbortController();
    const outcome = outcomes(sink, numbered(1), controller.signal);
    await until(() => waits.some((wait) => wait > 6_000 && wait <= 7_000));
    controller.abort(new Error('enough'));
    expect(await outcome).toEqual(['enough']);
    expect(endpoint.received).toHaveLength(1);
  });
});

describe('an endpoint that does not behave', () => {
  test('webhook() - one that hangs has its time limit for each try', async () => {
    const endpoint = await HttpEndpoint.listening(() => {});
    expect(
      await outcomes(
        hook({ url: endpoint.url, timeoutMillis: 20, retry: { attempts: 2, delayMillis: 1 } }),
        numbered(1),
      ),
    ).toEqual(['the endpoint did not answer within 20 ms; given up after 2 tries']);
  });

  test('webhook() - one that hangs ends at the deadline of the batch, whatever tries are left', async () => {
    const endpoint = await HttpEndpoint.listening(() => {});
    const [outcome] = await outcomes(
      hook({
        url: endpoint.url,
        timeoutMillis: 20,
        deadlineMillis: 50,
        retry: { attempts: 1_000, delayMillis: 1 },
      }),
      numbered(1),
    );
    expect(outcome).toMatch(
      /did not answer within \d+ ms; given up after \d+ tr(y|ies), because a batch has 50 ms|no time left of the 50 ms/,
    );
  });

  test('webhook() - a connection that is reset is tried again', async () => {
    const endpoint = await HttpEndpoint.listening((response) => response.socket?.resetAndDestroy(), 200);
    expect(await outcomes(hook({ url: endpoint.url, retry: QUICK }), numbered(1))).toEqual(['delivered']);
    expect(endpoint.received).toHaveLength(2);
  });

  test('webhook() - nobody there is told by the code alone', async () => {
    const endpoint = await HttpEndpoint.listening(200);
    const { url } = endpoint;
    await endpoint.close();
    expect(await outcomes(hook({ url, retry: QUICK }), numbered(1))).toEqual([
      'the endpoint could not be reached (ECONNREFUSED); given up after 3 tries',
    ]);
  });

  test('webhook() - an answer is what its status says, though its body is reset, never ends or is large', async () => {
    const begun: ((status: number) => (response: import('node:http').ServerResponse) => void)[] = [
      (status) => (response) => {
        response.writeHead(status, { 'content-length': 100 }).write('part');
        setImmediate(() => response.socket?.resetAndDestroy());
      },
      (status) => (response) => void response.writeHead(status).write('part'),
      (status) => (response) => void response.writeHead(status).end(Buffer.alloc(10_000_000)),
    ];
    for (const bad of begun) {
      const endpoint = await HttpEndpoint.listening(bad(200), bad(400), 200);
      const sink = hook({ url: endpoint.url });
      expect(await outcomes(sink, numbered(3))).toEqual([
        'delivered',
        'the endpoint answered 400: it does not take this',
        'delivered',
      ]);
      expect(endpoint.received).toHaveLength(3);
    }
  });

  test('webhook() - one that reads slowly gets all of it', async () => {
    const endpoint = await HttpEndpoint.listening(200);
    const text = 'x'.repeat(4_000_000);
    const { Server } = await import('node:net');
    // Between the sink and the endpoint: hands on what comes bit by bit.
    const slow = new Server((from) => {
      const to = (async () => (await import('node:net')).connect(endpoint.port, '127.0.0.1'))();
      from.on('error', () => {});
      void to.then((socket) => {
        socket.on('error', () => {});
        socket.pipe(from);
        from.on('data', (chunk) => {
          from.pause();
          socket.write(chunk);
          setImmediate(() => setImmediate(() => from.resume()));
        });
        from.on('close', () => socket.destroy());
      });
    });
    await new Promise<void>((done) => slow.listen(0, '127.0.0.1', done));
    onTestFinished(() => void slow.close());
    const { port } = slow.address() as import('node:net').AddressInfo;
    const sink = hook({ url: `http://127.0.0.1:${port}/`, format: () => text });
    expect(await outcomes(sink, numbered(1))).toEqual(['delivered']);
    expect(endpoint.texts).toEqual([text]);
    await sink.close?.();
  });

  test('webhook() - uses one connection for many requests, and a new one where that was closed meanwhile', async () => {
    const endpoint = await HttpEndpoint.listening(200);
    const sink = hook({ url: endpoint.url, retry: { attempts: 1 } });
    await outcomes(sink, numbered(5));
    expect(new Set(endpoint.received.map(({ connection }) => connection))).toEqual(new Set([0]));
    // As an endpoint that closes it while the next request is on its way: another connection is no further try.
    const closing = await HttpEndpoint.listening(200, (response) => response.socket?.resetAndDestroy(), 200);
    const other = hook({ url: closing.url, retry: { attempts: 1 } });
    expect(await outcomes(other, numbered(2))).toEqual(['delivered', 'delivered']);
    expect(closing.received.map(({ connection }) => connection)).toEqual([0, 0, 1]);
    const [, second, third] = closing.received.map(({ headers }) => headers['idempotency-key']);
    expect(third).toBe(second);
  });

  test('webhook() - lets go of its connections when it is closed, and can be used again', async () => {
    const endpoint = await HttpEndpoint.listening(200);
    const sink = hook({ url: endpoint.url });
    await outcomes(sink, numbered(1));
    expect(endpoint.open).toBe(1);
    await sink.close?.();
    await until(() => endpoint.open === 0);
    expect(await outcomes(sink, numbered(1))).toEqual(['delivered']);
  });

  test('webhook() - stops when nobody waits for the batch any more', async () => {
    const endpoint = await HttpEndpoint.listening(() => {});
    const controller = new AbortController();
    const sink = hook({ url: endpoint.url, batch: { size: 3, ageMillis: 60_000 } });
    const outcome = outcomes(sink, numbered(3), controller.signal);
    await until(() => endpoint.received.length === 1);
    controller.abort(new Error('the box is shut down'));
    expect(await outcome).toEqual(Array(3).fill('the box is shut down'));
    await until(() => endpoint.open === 0);
  });

  test('webhook() - stops waiting for its next try too', async () => {
    const endpoint = await HttpEndpoint.listening([503, { 'retry-after': '30' }]);
    const controller = new AbortController();
    const outcome = outcomes(hook({ url: endpoint.url }), numbered(1), controller.signal);
    await until(() => endpoint.received.length === 1 && endpoint.ended === 1);
    controller.abort(new Error('enough'));
    expect(await outcome).toEqual(['enough']);
  });
});

describe('options of webhook()', () => {
  test.each<[Record<string, unknown>, string]>([
    [{ url: undefined }, 'webhook: `url` is undefined. Give an address'],
    [{ url: 17 }, 'webhook: `url` is 17.'],
    [{ url: 'ftp://s3cret.example/s3cret' }, 'webhook: `url` is no address that begins with https://'],
    [{ url: 's3cret' }, 'webhook: `url` is no address'],
    [{ method: 'GET' }, "webhook: `method` is 'GET'. Use 'POST', 'PUT' or 'PATCH'."],
    [{ headers: { 'Bearer s3cret': 'x' } }, 'webhook: the name of header 1 in `headers` has characters'],
    [
      { headers: { authorization: 's3cret\n' } },
      "webhook: the header 'authorization' is a text with characters",
    ],
    [{ headers: { authorization: undefined } }, "webhook: the header 'authorization' is undefined."],
    [
      { headers: { 'Idempotency-Key': 's3cret' } },
      "webhook: `headers` has 'idempotency-key', which the sink sets itself",
    ],
    [{ headers: 's3cret' }, 'webhook: `headers` is a text. Give an object'],
    [{ headers: new Headers({ authorization: 's3cret' }) }, 'webhook: `headers` is no plain object'],
    [{ headers: new Map([['authorization', 's3cret']]) }, 'webhook: `headers` is no plain object'],
    [{ batch: { size: 0, ageMillis: 1 } }, 'webhook: `size` is 0.'],
    [{ batch: { sise: 1 } }, "webhook, in `batch`: there is no option 'sise'. Did you mean"],
    [{ retry: { attempts: 0 } }, 'webhook: `attempts` is 0.'],
    [{ timeoutMillis: 0 }, 'webhook: `timeoutMillis` is 0.'],
    [{ deadlineMillis: -1 }, 'webhook: `deadlineMillis` is -1.'],
    [
      { format: 'lines' },
      "webhook: `format` is 'lines'. Use 'json', with `batch` also 'lines', or a function.",
    ],
    [{ gzip: 'yes' }, "webhook: `gzip` is 'yes'. Use true or false."],
    [{ batches: {} }, "webhook: there is no option 'batches'. Did you mean 'batch'?"],
  ])('webhook() - refuses %o, and shows no secret', (wrong, message) => {
    const make = (): unknown => webhook({ url: 'https://s3cret.example/s3cret', ...wrong } as never);
    expect(make).toThrow(SignalboxError);
    expect(make).toThrow(message);
    expect(make).not.toThrow(/s3cret/);
  });

  test('webhook() - takes headers without a prototype', () => {
    const headers = Object.assign(Object.create(null), { authorization: 'Bearer s3cret' });
    expect(() => webhook({ url: 'https://example.com/', headers })).not.toThrow();
  });

  test('webhook() - refuses an address in the place of its options, and does not show it', () => {
    const make = (): unknown => webhook('https://example.com/s3cret' as never);
    expect(make).toThrow(SignalboxError);
    expect(make).toThrow('webhook: the options are of type string (not shown, for it may be a secret).');
  });
});
