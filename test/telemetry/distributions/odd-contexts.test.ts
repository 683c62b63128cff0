import type { Context, ContextManager, SpanContext } from '@opentelemetry/api';
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { afterEach, describe, expect, test } from 'vitest';
import { play, UNTROUBLED } from '../../promises/app.js';
import { noUnhandledRejections } from '../../promises/rejections.js';
import { resetOtel, startOtel } from '../../support/otel.js';

noUnhandledRejections();
afterEach(resetOtel);

const nothing = (): undefined => undefined;
const fails = (): never => {
  throw new Error('no');
};
const late = (): Promise<never> => Promise.reject(new Error('late'));

/** What stands for a context, and is none, or is one that can not be used. */
const odd: readonly (readonly [string, unknown])[] = [
  ['can be read alone', { getValue: nothing }],
  ['throws on change', { getValue: nothing, setValue: fails, deleteValue: fails }],
  ['gives nothing on change', { getValue: nothing, setValue: nothing, deleteValue: nothing }],
  [
    'throws on being read',
    { getValue: fails, setValue: () => ROOT_CONTEXT, deleteValue: () => ROOT_CONTEXT },
  ],
  ['holds numbers', { getValue: () => 5, setValue: () => ROOT_CONTEXT, deleteValue: () => ROOT_CONTEXT }],
];

describe.each(odd)('a context that %s', (_, given) => {
  test('everything that jobs do - the app notices nothing where it is the active one', async () => {
    const manager = {
      active: () => given as Context,
      with: (_context: Context, fn: () => unknown) => fn(),
      bind: (_context: Context, target: unknown) => target,
      enable: () => manager,
      disable: () => manager,
    };
    startOtel({ contextManager: manager as ContextManager });
    const box = createSignalbox();
    expect(await play(box)).toEqual(UNTROUBLED);
    await box.shutdown();
  });

  test('everything that jobs do - nor where a propagator extracts it', async () => {
    startOtel({ propagator: { inject: () => {}, extract: () => given as Context, fields: () => [] } });
    const box = createSignalbox();
    expect(await play(box)).toEqual(UNTROUBLED);
    await box.shutdown();
  });
});

describe('span contexts that no traceparent can say', () => {
  const [traceId, spanId] = ['a'.repeat(32), 'b'.repeat(16)];

  test.each<[string, unknown, object]>([
    ['without ids', {}, {}],
    ['of numbers', { traceId: 1, spanId: 2 }, {}],
    ['that are too short', { traceId: 'abc', spanId: 'x', traceFlags: 1 }, {}],
    ['in upper case', { traceId: traceId.toUpperCase(), spanId, traceFlags: 1 }, {}],
  ])('carrier - is empty for ids %s', (_, given, expected) => {
    expect(carrierOf(given as SpanContext)).toEqual(expected);
  });

  test.each<[string, unknown]>([
    ['throws', { serialize: fails }],
    ['is none', {}],
    ['answers with a promise', { serialize: late }],
  ])('carrier - names the parent where its tracestate %s', (_, traceState) => {
    const given = { traceId, spanId, traceFlags: 1, traceState } as SpanContext;
    expect(carrierOf(given)).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
  });

  function carrierOf(given: SpanContext): object {
    startOtel();
    propagation.disable();
    const active = trace.setSpanContext(ROOT_CONTEXT, given);
    const queue = createJobs(createSignalbox()).queue('mail');
    return context.with(active, () => queue.enqueue({ id: '1' }, { span: 'none' }).carrier);
  }
});
