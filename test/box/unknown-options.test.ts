import { createSignalbox, defineSignal, field } from 'signalbox';
import { bullmqJobs } from 'signalbox/bullmq';
import { graphileJobs } from 'signalbox/graphile-worker';
import { createJobs } from 'signalbox/jobs';
import { pgBossJobs } from 'signalbox/pg-boss';
import { exporters } from 'signalbox/sdk';
import {
  auditFile,
  circuitBreaker,
  consoleSink,
  jsonLineFile,
  rateLimited,
  retrying,
  sampled,
  sink,
} from 'signalbox/sinks';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SignalboxError } from '../../src/signal/signalbox-error.js';
import { wrong } from '../support/misuse.js';
import { recordDiag, resetOtel } from '../support/otel.js';

/** What `diag` is told from now on. */
function diagLines(): readonly string[] {
  onTestFinished(resetOtel);
  return recordDiag();
}

const box = createSignalbox();
const logs = { export: () => undefined, shutdown: async () => undefined };
const fn = (): void => undefined;
const jobs = createJobs(box);
let queues = 0;
const depth = () => ({ waiting: 0 });
const monitored = (options: object) =>
  jobs.queue(`misspelt-${queues++}`).monitor(wrong({ depth, ...options }));
const ROUTE = { signals: '*', to: 'otel' };

/** At each door: a misspelt option, and what it was meant to be. */
const DOORS: readonly (readonly [door: string, open: () => unknown, misspelt: string, meant: string])[] = [
  ['createSignalbox', () => createSignalbox(wrong({ destinatons: {} })), 'destinatons', 'destinations'],
  ['createSignalbox', () => createSignalbox(wrong({ redactTxet: fn })), 'redactTxet', 'redactText'],
  ['createSignalbox', () => createSignalbox(wrong({ propagaton: 'app' })), 'propagaton', 'propagation'],
  ['limits', () => createSignalbox({ limits: wrong({ stringLenght: 9 }) }), 'stringLenght', 'stringLength'],
  ['limits', () => createSignalbox({ limits: wrong({ emitDept: 9 }) }), 'emitDept', 'emitDepth'],
  [
    'a route',
    () => createSignalbox({ routes: [wrong({ ...ROUTE, reveals: ['user'] })] }),
    'reveals',
    'reveal',
  ],
  ['a route', () => createSignalbox({ routes: [wrong({ ...ROUTE, exept: '*' })] }), 'exept', 'except'],
  ['box.route', () => box.route(wrong({ ...ROUTE, minSeverty: 'warn' })), 'minSeverty', 'minSeverity'],
  ['installExitHandlers', () => box.installExitHandlers(wrong({ crashs: true })), 'crashs', 'crashes'],
  ['defineSignal', () => defineSignal('MISSPELT', wrong({ feilds: {} })), 'feilds', 'fields'],
  ['defineSignal', () => defineSignal('MISSPELT', wrong({ spanEvent: 'off' })), 'spanEvent', 'spanEvents'],
  [
    'a metric',
    () => defineSignal('MISSPELT', { metrics: [wrong({ type: 'counter', name: 'n', constantLables: {} })] }),
    'constantLables',
    'constantLabels',
  ],
  ['field.string', () => field.string(wrong({ sensitiv: true })), 'sensitiv', 'sensitive'],
  ['field.id', () => field.id(wrong({ atribute: 'a' })), 'atribute', 'attribute'],
  ['field.text', () => field.text(wrong({ sensetive: true })), 'sensetive', 'sensitive'],
  ['field.oneOf', () => field.oneOf(['a'], wrong({ sensetive: true })), 'sensetive', 'sensitive'],
  ['field.boolean', () => field.boolean(wrong({ metricOnly: true })), 'metricOnly', 'metricsOnly'],
  ['field.number', () => field.number(wrong({ sensitve: true })), 'sensitve', 'sensitive'],
  ['field.int', () => field.int(wrong({ Sensitive: true })), 'Sensitive', 'sensitive'],
  ['field.duration', () => field.duration(wrong({ attributes: 'a' })), 'attributes', 'attribute'],
  ['field.time', () => field.time(wrong({ senstive: true })), 'senstive', 'sensitive'],
  ['field.list', () => field.list(wrong({ sensitiv: true })), 'sensitiv', 'sensitive'],
  ['field.json', () => field.json(wrong({ sensitiv: true })), 'sensitiv', 'sensitive'],
  ['field.error', () => field.error(wrong({ detial: 'type' })), 'detial', 'detail'],
  [
    'a field made by hand',
    () => defineSignal('MISSPELT', { fields: { user: wrong({ kind: 'string', sensitiv: true }) } }),
    'sensitiv',
    'sensitive',
  ],
  [
    'exporters',
    () => exporters({ logs, metricExport: wrong({ interval: 1 }) }),
    'interval',
    'intervalMillis',
  ],
  ['exporters', () => exporters(wrong({ logs, metricExprot: {} })), 'metricExprot', 'metricExport'],
  ['exporters', () => exporters(wrong({ log: logs })), 'log', 'logs'],
  ['batch', () => exporters({ logs, batch: wrong({ sise: 9 }) }), 'sise', 'size'],
  ['batch', () => exporters({ logs, batch: wrong({ delayMilis: 9 }) }), 'delayMilis', 'delayMillis'],
  ['sink', () => sink(fn, wrong({ retires: { attempts: 2 } })), 'retires', 'retry'],
  ['the retries of a sink', () => sink(fn, { retry: wrong({ atempts: 2 }) }), 'atempts', 'attempts'],
  ['consoleSink', () => consoleSink(wrong({ color: true })), 'color', 'colour'],
  ['jsonLineFile', () => jsonLineFile(wrong({ path: 'x', snyc: true })), 'snyc', 'sync'],
  ['auditFile', () => auditFile(wrong({ path: 'x', stak: false })), 'stak', 'stack'],
  ['circuitBreaker', () => circuitBreaker(fn, wrong({ failure: 1 })), 'failure', 'failures'],
  ['rateLimited', () => rateLimited(fn, wrong({ perSecond: 1, brust: 1 })), 'brust', 'burst'],
  ['retrying', () => retrying(fn, wrong({ attempts: 2, jiter: false })), 'jiter', 'jitter'],
  ['sampled', () => sampled(fn, wrong({ ration: 1 })), 'ration', 'ratio'],
  ['createJobs', () => createJobs(box, wrong({ relatoin: 'link' })), 'relatoin', 'relation'],
  ['queue', () => jobs.queue('q', wrong({ capcity: 9 })), 'capcity', 'capacity'],
  ['queue', () => jobs.queue('q', wrong({ relaton: 'link' })), 'relaton', 'relation'],
  ['worker', () => jobs.queue('q').worker('w', wrong({ slot: 2 })), 'slot', 'slots'],
  ['monitor', () => monitored({ interval: 9 }), 'interval', 'intervalMillis'],
  ['backlog', () => monitored({ backlog: { sizes: 9 } }), 'sizes', 'size'],
  ['failureRate', () => monitored({ failureRate: { treshold: 0.5 } }), 'treshold', 'threshold'],
  ['bullmqJobs', () => bullmqJobs(box, wrong({ type: ['a'] })), 'type', 'types'],
  ['pgBossJobs', () => pgBossJobs(box, wrong({ setle: 'exact' })), 'setle', 'settle'],
  ['the boss of pg-boss', () => pgBossJobs(box).boss(wrong({}), wrong({ shema: 'a' })), 'shema', 'schema'],
  [
    'the monitor of graphile-worker',
    () => graphileJobs(box).monitor(wrong({}), 'mail', wrong({ stalledAfter: 9 })),
    'stalledAfter',
    'stalledAfterMillis',
  ],
  ['graphileJobs', () => graphileJobs(box, wrong({ carier: 'none' })), 'carier', 'carrier'],
];

/** At each door: an option as it was called, and as it is called now. */
const RENAMED: readonly (readonly [door: string, open: () => unknown, old: string, now: string])[] = [
  ['createSignalbox', () => createSignalbox(wrong({ default: 'otel' })), 'default', 'otherTelemetry'],
  [
    'a metric',
    () => defineSignal('RENAMED', { metrics: [wrong({ type: 'counter', name: 'n', labels: {} })] }),
    'labels',
    'constantLabels',
  ],
  ['sink', () => sink(fn, wrong({ queue: 9 })), 'queue', 'capacity'],
  ['sink', () => sink(fn, wrong({ queueBytes: 9 })), 'queueBytes', 'capacityBytes'],
  [
    'exporters',
    () => exporters(wrong({ logs, metricIntervalMillis: 9 })),
    'metricIntervalMillis',
    'metricExport.intervalMillis',
  ],
  [
    'exporters',
    () => exporters(wrong({ logs, metricTimeoutMillis: 9 })),
    'metricTimeoutMillis',
    'metricExport.timeoutMillis',
  ],
];

describe('an option under its old name', () => {
  test.each(RENAMED)('%s - is refused by a sentence with the new one (%s)', (_door, open, old, now) => {
    expect(open).toThrow(SignalboxError);
    expect(open).toThrow(`there is no option '${old}': it is called \`${now}\` now.`);
  });
});

describe('a misspelt option', () => {
  test.each(DOORS)(
    '%s - is refused by a sentence with the right name (%s)',
    (_door, open, misspelt, meant) => {
      expect(open).toThrow(SignalboxError);
      expect(open).toThrow(`there is no option '${misspelt}'. Did you mean '${meant}'? There `);
    },
  );

  test.each([
    ['limits that are a number', () => createSignalbox({ limits: wrong(5) }), '`limits` is 5'],
    ['a batch that is a number', () => exporters({ logs, batch: wrong(5) }), '`batch` is 5'],
    ['signals that are null', () => createSignalbox({ signals: wrong(null) }), '`signals` is null'],
    [
      'destinations that are null',
      () => createSignalbox({ destinations: wrong(null) }),
      '`destinations` is null',
    ],
    ['views that are text', () => exporters({ logs, views: wrong('') }), 'views'],
    ['a type without a name', () => bullmqJobs(box, { types: [''] }), '`types` is a list of 1'],
    [
      'a schema that is a number',
      () => pgBossJobs(box).boss(wrong({}), { schema: wrong(5) }),
      '`schema` is 5',
    ],
    [
      'options of a boss that are a number',
      () => pgBossJobs(box).options(wrong(3)),
      'options: the options are 3',
    ],
    [
      'options of a boss that are a list',
      () => pgBossJobs(box).options(wrong([])),
      'the options are a list of 0',
    ],
    ['no options of a boss', () => pgBossJobs(box).options(wrong(undefined)), 'the options are undefined'],
    ['a scope that is none', () => monitored({ scope: 'queues' }), "`scope` is 'queues'"],
    ['a backlog that is a number', () => monitored({ backlog: 5 }), '`backlog` is 5'],
    ['options that are a list', () => createSignalbox(wrong([])), 'the options are a list of 0'],
    ['options that are text', () => field.string(wrong('sensitive')), "the options are 'sensitive'"],
  ])('%s - is refused in a sentence', (_what, open, sentence) => {
    expect(open).toThrow(SignalboxError);
    expect(open).toThrow(sentence);
  });

  test('box.shutdown() and box.forceFlush() - report a misspelt option, for they never reject', async () => {
    const reported = diagLines();
    const own = createSignalbox();
    await own.forceFlush(wrong({ timeout: 100 }));
    await own.forceFlush(wrong('SIGTERM'));
    await own.forceFlush(wrong(null));
    await own.shutdown(wrong({ timeoutMilis: 100 }));
    expect(reported).toEqual([
      "signalbox: forceFlush: there is no option 'timeout'. Did you mean 'timeoutMillis'? There is `timeoutMillis`.",
      "signalbox: shutdown: there is no option 'timeoutMilis'. Did you mean 'timeoutMillis'? There is `timeoutMillis`.",
    ]);
  });

  test('box.shutdown() - reports what is no object, such as a bare number, and stays silent for the name of a signal', async () => {
    const reported = diagLines();
    await createSignalbox().shutdown(wrong('SIGTERM'));
    await createSignalbox().shutdown(wrong(5000));
    await createSignalbox().forceFlush(wrong([5000]));
    expect(reported).toEqual([
      'signalbox: shutdown: the options are 5000. Give an object, as in { timeoutMillis: … }.',
      'signalbox: forceFlush: the options are a list of 1. Give an object, as in { timeoutMillis: … }.',
    ]);
  });
});
