import type { AnySignal, Signalbox } from 'signalbox';
import { createSignalbox, defineSignal } from 'signalbox';
import { bullmqJobs, sandboxed } from 'signalbox/bullmq';
import { graphileJobs } from 'signalbox/graphile-worker';
import { createJobs } from 'signalbox/jobs';
import { pgBossJobs } from 'signalbox/pg-boss';
import { exporters, nodeSdk, spanProcessor } from 'signalbox/sdk';
import { expect, test } from 'vitest';
import { CORE } from '../../src/box/core.js';

// A name that the compiler does not follow: the bundle of that release has no types.
const RELEASE: string = '../engines/release-0.1/index.js';

const doors = {
  createJobs,
  bullmqJobs,
  pgBossJobs,
  graphileJobs,
  nodeSdk,
  spanProcessor,
  sandboxed: (box: Signalbox) => sandboxed(box, async () => undefined),
};

test.each(Object.entries(doors))(
  '%s() - says that a box of another release is none for it, and what to do',
  async (name, door) => {
    const { createSignalbox } = (await import(RELEASE)) as { createSignalbox: () => Signalbox };
    expect(() => door(createSignalbox())).toThrow(
      `${name}: the box is of another release of signalbox. Have one version in the app: \`npm ls signalbox\` lists the releases.`,
    );
  },
);

test.each(Object.entries(doors))('%s() - says what is no box', (name, door) => {
  expect(() => door({} as Signalbox)).toThrow(
    `${name}: the box is a value of type object. Give what createSignalbox returned.`,
  );
});

test('createSignalbox() - refuses a destination that takes spans and brings nothing by which they reach it', () => {
  const own = exporters({ spans: { export: () => {}, shutdown: async () => {} } });
  const { spanRouting: _, ...other } = own;
  expect(() => createSignalbox({ destinations: { collector: other } })).toThrow(
    "createSignalbox: destination 'collector' takes spans, but is of another release of signalbox or made by hand. Make it with exporters() of the box's release: `npm ls signalbox` lists the releases.",
  );
  // One way serves all of a box.
  expect(() => createSignalbox({ destinations: { collector: other, own } })).not.toThrow();
});

test('a box - has a core of another number with every change of what that offers', () => {
  const box = createSignalbox();
  const symbols = Object.getOwnPropertySymbols(box).map((symbol) => symbol.description);
  expect(symbols).toEqual(['signalbox.core.5']);
  const core = box[CORE];
  expect(Object.keys(core).sort(), 'raise the number in src/box/core.ts, then mend this list').toEqual([
    'activeContext',
    'anchoredClock',
    'bind',
    'bound',
    'channels',
    'describeError',
    'development',
    'emit',
    'enabled',
    'errorLabel',
    'instrumentation',
    'isInDoubt',
    'now',
    'observe',
    'otherTelemetry',
    'ports',
    'propagation',
    'refresh',
    'register',
    'report',
    'resource',
    'rootContext',
    'runIn',
    'shared',
    'shiftOf',
    'spanRoutes',
    'spansSeen',
    'takesInstrument',
    'tellAtEnd',
    'tellLater',
    'tracer',
  ]);
});

test('a box - takes a signal for the same that a copy of release 0.1 has defined with the same constant labels', () => {
  const define = (labels: object): AnySignal =>
    ({
      ...defineSignal('RELEASE_OLD'),
      metrics: [{ type: 'counter', name: 'release.old', ...labels }],
    }) as AnySignal;
  const old = define({ labels: { channel: 'mail' }, unit: '1' });
  const own = createSignalbox({ signals: [old] });
  expect(() =>
    own.route({ signals: [define({ unit: '1', constantLabels: { channel: 'mail' } })], to: 'otel' }),
  ).not.toThrow();
  expect(() =>
    own.route({ signals: [define({ unit: '1', constantLabels: { channel: 'sms' } })], to: 'otel' }),
  ).toThrow(/defined twice/);
});
