import type { Cell } from './matrix/cells.js';
import { CELLS, DIMENSIONS, IMPOSSIBLE } from './matrix/cells.js';
import { nodeVersions } from './run/install.js';
import type { ZeroCodeCell } from './zero-code/cells.js';
import { warnsOfHook, ZERO_CODE, DIMENSIONS as ZERO_CODE_DIMENSIONS } from './zero-code/cells.js';

const FORMATS: Readonly<Record<Cell['format'], string>> = { esm: 'ESM', cjs: 'CommonJS' };

const STARTS: Readonly<Record<Cell['start'], string>> = {
  'node-sdk': '`new NodeSDK()`',
  register: '`…/auto-instrumentations-node/register`',
  'by-hand': 'providers built by hand',
  'configuration-file': 'a configuration file, `OTEL_CONFIG_FILE`',
};

const TIMES: Readonly<Record<Cell['sdk'], string>> = {
  before: 'before the box',
  after: 'after the box',
  never: 'never',
  replaced: 'before, and replaced',
};

const ARRIVES: Readonly<Record<Cell['sdk'], string>> = {
  before: 'all',
  after: 'all but what was emitted before the SDK started: (1)',
  never: 'nothing: (2)',
  replaced: 'all, each from the SDK that was there: (1)',
};

const WAYS: Readonly<Record<ZeroCodeCell['way'], string>> = {
  instrumentations: '`signalboxInstrumentations(box)`',
  import: '`--import signalbox/register`',
  require: '`--require signalbox/register`',
};

const ENGINES: Readonly<Record<ZeroCodeCell['engine'], string>> = {
  bullmq: 'BullMQ',
  'pg-boss': 'pg-boss',
};

/** What an app is called, on one line. */
export function nameOf({ node, line, format, sdk, start }: Cell): string {
  return `Node ${node}, SDK ${line}.x, ${FORMATS[format]}, ${start}, ${sdk}`;
}

export function nameOfZeroCode({ node, format, engine, way }: ZeroCodeCell): string {
  return `Node ${node}, SDK 3.x, ${FORMATS[format]}, zero code, ${engine}, ${way}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The cells of the matrix, as Markdown. */
export function matrixTable(): string {
  const cellOf = (of: Partial<Cell>): string =>
    CELLS.filter((cell) => Object.entries(of).every(([name, value]) => cell[name as keyof Cell] === value))
      .map(({ node, format }) => `Node ${node}, ${FORMATS[format]}`)
      .join('<br>');
  const rows = DIMENSIONS.start.flatMap((start) =>
    DIMENSIONS.sdk.map((sdk) => [
      STARTS[start],
      TIMES[sdk],
      ...DIMENSIONS.line.map((line) => cellOf({ start, sdk, line })),
      sdk === 'never' && start === 'register' ? 'nothing: (3)' : ARRIVES[sdk],
    ]),
  );
  return table(
    ['the SDK is started by', 'when', 'OpenTelemetry SDK 2.x', 'OpenTelemetry SDK 3.x', 'what arrives'],
    rows,
  );
}

/** The apps that are observed without a change, as Markdown. */
export function zeroCodeTable(): string {
  const { way: ways, node: nodes, format: formats } = ZERO_CODE_DIMENSIONS;
  const rows = ways.flatMap((way) =>
    formats.map((format) => [
      WAYS[way],
      FORMATS[format],
      ...nodes.map((node) =>
        ZERO_CODE.filter((cell) => cell.way === way && cell.format === format && cell.node === node)
          .map(({ engine }) => `${ENGINES[engine]}${warnsOfHook({ way, format, node }) ? ': (1)' : ''}`)
          .join(', '),
      ),
    ]),
  );
  return table(['observed by', 'the app', ...nodes.map((node) => `Node ${node}`)], rows);
}

/** What does not go together, and the versions of Node, as Markdown. */
export function limits(): string {
  const said = IMPOSSIBLE.map(
    ({ values, why }) =>
      `${Object.entries(values)
        .map(([name, value]) => (name === 'node' ? `Node ${value}` : `SDK ${value}.x`))
        .join(' with ')}: ${why}.`,
  );
  const versions = Object.values(nodeVersions());
  return [
    `- Node is ${versions.slice(0, -1).join(', ')} and ${versions.at(-1)}.`,
    ...said.map((one) => `- What can not go together: ${one}`),
  ].join('\n');
}
