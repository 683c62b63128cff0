import { deepStrictEqual } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expectedFacts } from './expected.mjs';
import { line } from './packages.mjs';

const run = promisify(execFile);
const program = fileURLToPath(new URL('cell.mjs', import.meta.url));

const ESM = { library: 'esm', sdk: 'esm' };
const CJS_ON_ESM = { library: 'cjs', sdk: 'esm' };
const MIXED = { library: 'mixed', sdk: 'esm' };
const FORMATS = [ESM, CJS_ON_ESM, MIXED, { library: 'esm', sdk: 'cjs' }, { library: 'cjs', sdk: 'cjs' }];
const FIRSTS = ['sdk', 'box'];
const DIRECT = { spanEvents: 'direct', bridged: false };
const BRIDGE = { spanEvents: 'bridge', bridged: true };
const DIRECT_BESIDE_BRIDGE = { spanEvents: 'direct', bridged: true };

const cells = [
  ...cross(FORMATS, ['globals', 'instrumentation'], FIRSTS, [DIRECT]),
  ...cross([ESM, CJS_ON_ESM], ['node-sdk'], FIRSTS, [DIRECT]),
  // NodeSDK takes the instrumentation when it is made, so the box comes first.
  ...cross([ESM, CJS_ON_ESM], ['node-sdk-instrumentation'], ['box'], [DIRECT]),
  ...cross([CJS_ON_ESM, MIXED], ['globals'], FIRSTS, [BRIDGE, DIRECT_BESIDE_BRIDGE]),
  ...cross([ESM], ['node-sdk'], ['sdk'], [BRIDGE]),
];

function cross(formats, wirings, firsts, spanEvents) {
  return formats.flatMap((format) =>
    wirings.flatMap((wiring) =>
      firsts.flatMap((first) => spanEvents.map((events) => ({ ...format, wiring, first, ...events }))),
    ),
  );
}

function nameOf({ library, sdk, wiring, first, spanEvents, bridged }) {
  const events = bridged ? `, span events ${spanEvents}, bridge installed` : '';
  return `library ${library}, SDK ${sdk}, ${first} first, by ${wiring}${events}`;
}

describe(`SDK ${line}.x on Node ${process.versions.node}`, { concurrency: availableParallelism() }, () => {
  for (const cell of cells) {
    test(`table - ${nameOf(cell)}`, async () => {
      const { stdout, stderr } = await run(process.execPath, [program, JSON.stringify(cell)], {
        // Without the caller's OTEL_* variables.
        env: { COMPAT_LINE: line },
        timeout: 60_000,
      });
      deepStrictEqual(JSON.parse(stdout), expectedFacts(cell));
      deepStrictEqual(stderr, '');
    });
  }
});
