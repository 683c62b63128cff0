import { diag } from '@opentelemetry/api';
import { createSignalbox } from 'signalbox';
import { afterEach, expect, test, vi } from 'vitest';
import { BullMQInstrumentation } from '../../src/instrumentation/bullmq.js';
import { GraphileWorkerInstrumentation } from '../../src/instrumentation/graphile-worker.js';
import { PgBossInstrumentation } from '../../src/instrumentation/pg-boss.js';

// As in a bundle that has none of the files which are loaded later.
vi.mock('../../src/instrumentation/load-engine.js', () => ({
  engineOf: () => {
    throw new Error('its files are not there');
  },
}));

afterEach(() => diag.disable());

interface Hook {
  readonly supportedVersions: readonly string[];
  readonly patch?: (exports: object) => unknown;
  readonly unpatch?: (exports: object) => unknown;
  readonly files?: readonly Hook[];
}

test.each([
  ['BullMQInstrumentation', BullMQInstrumentation],
  ['PgBossInstrumentation', PgBossInstrumentation],
  ['GraphileWorkerInstrumentation', GraphileWorkerInstrumentation],
])(
  '%s - where what observes its engine can not be loaded, every release of it runs as it is, and that is reported',
  (_, Made) => {
    const error = vi.fn();
    diag.setLogger({ error, warn: () => {}, info: () => {}, debug: () => {}, verbose: () => {} });
    const instrumentation = new Made(createSignalbox());
    const definitions = instrumentation.getModuleDefinitions() as readonly Hook[];
    const hooks = definitions.flatMap((one) => [one, ...(one.files ?? [])]).filter(({ patch }) => patch);
    expect(hooks.length).toBeGreaterThan(1);
    for (const { patch, unpatch } of hooks) {
      const exports = { PgBoss: class {}, Queue: class {}, run: () => {} };
      expect(patch?.(exports)).toBe(exports);
      expect(() => unpatch?.(exports)).not.toThrow();
    }
    instrumentation.disable();
    expect(JSON.stringify(error.mock.calls)).toContain('its files are not there');
  },
);
