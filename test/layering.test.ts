import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { BELOW } from './layers.js';

/** The modules that import nothing from outside at run time: what `signalbox` itself is made of. */
const SELF_CONTAINED = [
  'signal',
  'emission',
  'development',
  'routing',
  'delivery',
  'telemetry',
  'box',
  'index',
];

/** The door of the box: of its files, other folders import this one alone. */
const DOOR = 'src/box/core.ts';

const MAX_LINES = 300;

interface Import {
  /** `src/jobs/attempt.ts:12`, for messages. */
  readonly at: string;
  readonly specifier: string;
  /** Nothing of it is left at run time. `import { type A }` is not: it still loads the module. */
  readonly typeOnly: boolean;
  /** The source file that a relative specifier names. */
  readonly target: string | undefined;
}

interface SourceFile {
  readonly path: string;
  readonly module: string;
  readonly lines: number;
  readonly imports: readonly Import[];
}

function moduleOf(path: string): string {
  const [, folder, ...rest] = path.split('/');
  if (folder === 'adapters') return `adapters/${rest[0]}`;
  return rest.length === 0 ? path.slice('src/'.length, -'.ts'.length) : (folder ?? '');
}

function literalText(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;
}

function specifierOf(node: ts.Node): { specifier: string; typeOnly: boolean } | undefined {
  let specifier: string | undefined;
  let typeOnly = false;
  if (ts.isImportDeclaration(node)) {
    specifier = literalText(node.moduleSpecifier);
    typeOnly = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  } else if (ts.isExportDeclaration(node)) {
    specifier = literalText(node.moduleSpecifier);
    typeOnly = node.isTypeOnly;
  } else if (ts.isImportTypeNode(node)) {
    specifier = ts.isLiteralTypeNode(node.argument) ? literalText(node.argument.literal) : undefined;
    typeOnly = true;
  } else if (ts.isCallExpression(node)) {
    const callee = node.expression;
    const loads = callee.kind === ts.SyntaxKind.ImportKeyword || callee.getText() === 'require';
    // A computed specifier can hide anything, so it counts as a bare import of that name.
    if (loads) specifier = literalText(node.arguments[0]) ?? node.arguments[0]?.getText();
  }
  return specifier === undefined ? undefined : { specifier, typeOnly };
}

function readSource(path: string): SourceFile {
  const text = readFileSync(path, 'utf8');
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const imports: Import[] = [];
  const visit = (node: ts.Node): void => {
    const found = specifierOf(node);
    if (found !== undefined) {
      const line = tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      const target = found.specifier.startsWith('.')
        ? posix.join(dirname(path), found.specifier).replace(/\.js$/, '.ts')
        : undefined;
      imports.push({ ...found, at: `${path}:${line}`, target });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  return { path, module: moduleOf(path), lines, imports };
}

function readSources(): SourceFile[] {
  if (!existsSync('src')) return [];
  return readdirSync('src', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative('.', join(entry.parentPath, entry.name)))
    .sort()
    .map(readSource);
}

function findCycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const open: string[] = [];
  const cycles: string[] = [];
  const walk = (path: string): void => {
    const start = open.indexOf(path);
    if (start !== -1) cycles.push([...open.slice(start), path].join(' -> '));
    if (start !== -1 || done.has(path)) return;
    open.push(path);
    for (const { target } of byPath.get(path)?.imports ?? []) if (target !== undefined) walk(target);
    open.pop();
    done.add(path);
  };
  for (const { path } of files) walk(path);
  return cycles;
}

const files = readSources();

function importsThat(isWrong: (found: Import, file: SourceFile) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports.filter((found) => isWrong(found, file)).map(({ at, specifier }) => `${at} ${specifier}`),
  );
}

describe('layering', () => {
  test('layering - the sources are seen, and read as modules with imports', () => {
    expect(files.length).toBeGreaterThanOrEqual(20);
    expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThanOrEqual(20);
  });

  test('layering - every folder has its place in the order', () => {
    const unknown = files.filter(({ module }) => !(module in BELOW)).map(({ path }) => path);
    expect(unknown, 'give the folder a line in test/layers.ts').toEqual([]);
  });

  test('layering - a relative import names a file of src with its .js extension', () => {
    const sources = new Set(files.map(({ path }) => path));
    const wrong = importsThat(
      ({ specifier, target }) => target !== undefined && !(specifier.endsWith('.js') && sources.has(target)),
    );
    expect(wrong).toEqual([]);
  });

  test('layering - a module imports only what stands below it', () => {
    const wrong = importsThat(({ target }, file) => {
      if (target === undefined) return false;
      const module = moduleOf(target);
      return module !== file.module && !BELOW[file.module]?.includes(module);
    });
    expect(wrong).toEqual([]);
  });

  test('layering - beside its folders, src holds index.ts alone', () => {
    const loose = files.map(({ path }) => path).filter((path) => path.split('/').length === 2);
    expect(loose).toEqual(['src/index.ts']);
  });

  test('layering - the box has one door', () => {
    const wrong = importsThat(
      ({ target }, { module }) =>
        target?.startsWith('src/box/') === true && target !== DOOR && module !== 'box' && module !== 'index',
    );
    expect(wrong).toEqual([]);
  });

  test('layering - the library never imports itself by its package name', () => {
    expect(importsThat(({ specifier }) => /^signalbox(\/|$)/.test(specifier))).toEqual([]);
  });

  test('layering - only types of @opentelemetry/api are imported', () => {
    const wrong = importsThat(
      ({ specifier, typeOnly }) => /^@opentelemetry\/api(\/|$)/.test(specifier) && !typeOnly,
    );
    expect(wrong).toEqual([]);
  });

  test('layering - the core imports only its own files at run time', () => {
    const wrong = importsThat(
      ({ target, typeOnly }, { module }) =>
        SELF_CONTAINED.includes(module) && target === undefined && !typeOnly,
    );
    expect(wrong).toEqual([]);
  });

  test("layering - an adapter loads no engine: of packages only types are imported, all else is Node's", () => {
    const wrong = importsThat(
      ({ specifier, target, typeOnly }, { module }) =>
        module.startsWith('adapters/') && target === undefined && !typeOnly && !specifier.startsWith('node:'),
    );
    expect(wrong).toEqual([]);
  });

  test('layering - no file imports itself by a detour', () => {
    expect(findCycles(files)).toEqual([]);
  });

  test(`layering - no file has more than ${MAX_LINES} lines`, () => {
    const long = files.filter(({ lines }) => lines > MAX_LINES);
    expect(long.map(({ path, lines }) => `${path}: ${lines} lines`)).toEqual([]);
  });
});
