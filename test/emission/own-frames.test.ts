import { describe, expect, test } from 'vitest';
import { describeError } from '../../src/emission/describe-error.js';
import { withoutOwnFrames } from '../../src/emission/own-frames.js';
import { ROOT } from '../../src/telemetry/context.js';
import { runIn } from '../../src/telemetry/context-manager.js';

const LIMIT = 16_384;

function stackOf(...frames: string[]): string {
  return ['RangeError: too far', ...frames.map((frame) => `    at ${frame}`)].join('\n');
}

describe('withoutOwnFrames()', () => {
  test.each([
    'run (file:///app/node_modules/signalbox/dist/jobs/index.js:1:2)',
    'file:///app/node_modules/signalbox/dist/chunk-ABC.js:1:2',
    'async Object.process (/app/node_modules/.pnpm/signalbox@0.2.0/node_modules/signalbox/dist/index.cjs:1:2)',
    'new Run (C:\\app\\node_modules\\signalbox\\dist\\index.cjs:1:2)',
    'run (/app/.yarn/cache/signalbox-npm-0.2.0-abc.zip/node_modules/signalbox/dist/index.js:1:2)',
    'run (webpack://app/./node_modules/signalbox/src/jobs/attempt.ts:1:2)',
  ])('frames - of this package are left out, wherever it lies: %s', (own) => {
    expect(withoutOwnFrames(stackOf('lift (/app/crane.js:1:1)', own, 'main (/app/main.js:2:2)'), LIMIT)).toBe(
      stackOf('lift (/app/crane.js:1:1)', 'main (/app/main.js:2:2)'),
    );
  });

  test.each([
    'run (/app/dist/chunk-ABC.js:1:2)',
    'run (/app/signalbox/dist/main.js:1:2)',
    'run (/app/src/emission/own-frames.ts:1:2)',
    'run (/app/node_modules/signalbox-extras/dist/index.js:1:2)',
    'run (/app/node_modules/bullmq/dist/cjs/classes/worker.js:1:2)',
  ])('frames - of the app and of other packages stay: %s', (other) => {
    const stack = stackOf(other, 'run (/app/node_modules/signalbox/dist/index.js:1:2)');
    expect(withoutOwnFrames(stack, LIMIT)).toBe(stackOf(other));
  });

  test('frames - a message that names this package stays, and looks like no frame', () => {
    const stack = 'Error: /node_modules/signalbox/dist/ is broken\nat /node_modules/signalbox/dist/ they say';
    expect(withoutOwnFrames(stack.split('\nat')[0] as string, LIMIT)).toBe(stack.split('\nat')[0]);
  });

  test('frames - they are looked for in the beginning, and what follows stays: it tells that the text goes on', () => {
    const own = 'run (/app/node_modules/signalbox/dist/a.js:1:2)';
    const stack = stackOf(...Array.from({ length: 50_000 }, () => own));
    const left = withoutOwnFrames(stack, LIMIT);
    expect(stack.length - left.length).toBeGreaterThan(LIMIT - 2 * own.length);
    expect(stack.length - left.length).toBeLessThanOrEqual(LIMIT);
    expect(withoutOwnFrames('x'.repeat(50_000), LIMIT)).toHaveLength(50_000);
  });
});

describe('describeError()', () => {
  test('describeError() - leaves our frames out of a stack and of those of its causes, and the error as it is', () => {
    const boom = (): Error => new Error('boom', { cause: runIn(ROOT, () => new Error('because')) });
    const error = runIn(ROOT, boom);
    const before = error.stack;
    const { stack = '' } = describeError(error, LIMIT);
    expect(before).toMatch(/\/src\/telemetry\/context-manager\.ts/);
    expect(stack).not.toMatch(/\/src\/telemetry\/context-manager\.ts/);
    expect(stack.match(/frames\.test\.ts/g)?.length).toBeGreaterThanOrEqual(4);
    expect(stack).toContain('\nCaused by: Error: because\n');
    expect(error.stack).toBe(before);
  });
});
