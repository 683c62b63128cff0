import { describe, expect, test } from 'vitest';
import { appLine } from '../../src/development/app-line.js';

/** The line found in a stack of these frames. */
function lineIn(...frames: readonly string[]): string | undefined {
  return lineBehind(3, ...frames);
}

/** The same, where the package put so many frames above the app. */
function lineBehind(doors: number, ...frames: readonly string[]): string | undefined {
  const place = new Error();
  place.stack = ['Error', ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return appLine(place, doors);
}

const OURS = '/app/node_modules/signalbox/dist/chunk-A.js';
const DOORS = [`Development.here (${OURS}:1:1)`, `door (${OURS}:2:1)`, `Object.emit (${OURS}:3:1)`];

describe('appLine()', () => {
  test('appLine() - is the first frame that is no frame of the package, whose frames below count for nothing', () => {
    expect(lineIn(...DOORS, 'pay (/app/pay.ts:12:7)', `run (${OURS}:9:9)`, 'main (/app/main.ts:1:1)')).toBe(
      'pay (/app/pay.ts:12:7)',
    );
    expect(lineIn(...DOORS, 'Object.<anonymous> (/app/main.cjs:3:1)')).toBe(
      'Object.<anonymous> (/app/main.cjs:3:1)',
    );
    expect(lineIn(...DOORS, 'file:///app/main.mjs:3:1')).toBe('file:///app/main.mjs:3:1');
    expect(lineIn(...DOORS, String.raw`pay (C:\app\pay.js:3:1)`)).toBe(String.raw`pay (C:\app\pay.js:3:1)`);
  });

  test('appLine() - prefers a frame of the app to one of another package, and takes that where there is none', () => {
    const other = 'Layer.handle (/app/node_modules/express/lib/layer.js:95:5)';
    expect(lineIn(...DOORS, other, 'pay (/app/pay.ts:12:7)')).toBe('pay (/app/pay.ts:12:7)');
    expect(lineIn(...DOORS, other)).toBe(other);
  });

  test('appLine() - is none where only Node.js called', () => {
    expect(
      lineIn(
        ...DOORS,
        'listOnTimeout (node:internal/timers:605:17)',
        'async Promise.all (index 0)',
        'native',
      ),
    ).toBeUndefined();
    expect(lineIn()).toBeUndefined();
  });

  test('appLine() - knows a copy that lies elsewhere by its file', () => {
    const linked = '/code/signalbox/dist/chunk-A.js';
    expect(
      lineIn(
        `here (${linked}:1:1)`,
        `door (${linked}:2:1)`,
        `emit (${linked}:3:1)`,
        'pay (/app/pay.ts:12:7)',
      ),
    ).toBe('pay (/app/pay.ts:12:7)');
  });

  test('appLine() - in a bundle, where all is one file, it is what called the box', () => {
    const bundle = '/app/bundle.js';
    expect(
      lineIn(
        `a (${bundle}:1:1)`,
        `b (${bundle}:2:1)`,
        `c (${bundle}:3:1)`,
        `pay (${bundle}:4:1)`,
        'node:internal:1',
      ),
    ).toBe(`pay (${bundle}:4:1)`);
  });

  test('appLine() - in a bundle that a package calls, it is what called the box in the bundle, and no frame of that package', () => {
    const bundle = '/app/bundle.js';
    const doors = [`a (${bundle}:1:1)`, `b (${bundle}:2:1)`, `c (${bundle}:3:1)`];
    const other = 'Layer.handle (/app/node_modules/express/lib/layer.js:95:5)';
    expect(lineIn(...doors, `pay (${bundle}:4:1)`, other)).toBe(`pay (${bundle}:4:1)`);
    expect(lineIn(...doors, other)).toBe(other);
  });

  test('appLine() - in a bundle, it is beyond all frames that the package put there', () => {
    const frames = [1, 2, 3, 4, 5].map((n) => `ours (/app/bundle.js:${n}:1)`);
    expect(lineBehind(5, ...frames, 'pay (/app/bundle.js:6:1)')).toBe('pay (/app/bundle.js:6:1)');
  });

  test('appLine() - is none where a stack is no text', () => {
    const place = new Error();
    Object.defineProperty(place, 'stack', { value: [] });
    expect(appLine(place, 3)).toBeUndefined();
  });
});
