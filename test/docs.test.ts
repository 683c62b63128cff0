import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { subpaths } from '../scripts/subpaths.js';

const root = resolve(import.meta.dirname, '..');

interface Example {
  readonly where: string;
  readonly code: string;
}

/** The ```ts blocks of a text. In a docstring each line begins with a star. */
function examplesIn(file: string): Example[] {
  const text = readFileSync(join(root, file), 'utf8');
  const lines = text.split('\n');
  const examples: Example[] = [];
  let open: { at: number; lines: string[] } | undefined;
  lines.forEach((line, i) => {
    const bare = line.replace(/^\s*\* ?/, '');
    if (!open && /^```ts\s*$/.test(bare)) open = { at: i + 1, lines: [] };
    else if (open && bare.startsWith('```')) {
      examples.push({ where: `${file}:${open.at}`, code: open.lines.join('\n') });
      open = undefined;
    } else if (open) open.lines.push(file.endsWith('.md') ? line : bare);
  });
  return examples;
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

function options(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, root).options;
}

/** Compiles texts as modules of the app that uses the package. */
function compile(examples: readonly Example[]): string[] {
  const files = new Map(examples.map((e, i) => [join(root, `example-${i}.ts`), `${e.code}\nexport {};\n`]));
  const host = ts.createCompilerHost(options());
  const read = host.readFile.bind(host);
  const exists = host.fileExists.bind(host);
  const source = host.getSourceFile.bind(host);
  host.readFile = (name) => files.get(name) ?? read(name);
  host.fileExists = (name) => files.has(name) || exists(name);
  host.getSourceFile = (name, ...rest) => {
    const text = files.get(name);
    return text === undefined ? source(name, ...rest) : ts.createSourceFile(name, text, rest[0], true);
  };
  const program = ts.createProgram([...files.keys()], options(), host);
  return [...files.keys()].flatMap((name, i) => {
    const file = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      (d) => `${examples[i]?.where}: ${ts.flattenDiagnosticMessageText(d.messageText, '\n')}`,
    );
  });
}

const pages = [
  'README.md',
  ...readdirSync(root, { encoding: 'utf8' })
    .filter((name) => name === 'docs')
    .flatMap((docs) => readdirSync(join(root, docs), { encoding: 'utf8' }).map((name) => join(docs, name)))
    .filter((name) => name.endsWith('.md')),
];

describe('docs', () => {
  const examples = [...filesBelow('src'), ...pages].flatMap(examplesIn);

  test('docs - every example in a docstring or a page compiles', () => {
    expect(examples.length).toBeGreaterThan(10);
    expect(compile(examples)).toEqual([]);
  }, 120_000);

  test('docs - an example that does not compile is found', () => {
    const broken = {
      where: 'here',
      code: "import { defineSignal } from 'signalbox';\ndefineSignal('A', { severity: 'loud' });",
    };
    expect(compile([broken])).toEqual([expect.stringMatching(/^here: .*"loud"/)]);
  }, 120_000);

  test('docs - every export says what it is', () => {
    const program = ts.createProgram(
      subpaths().map((s) => resolve(root, s.source)),
      options(),
    );
    const checker = program.getTypeChecker();
    const silent = subpaths().flatMap(({ specifier, source }) => {
      const file = program.getSourceFile(resolve(root, source));
      const module = file && checker.getSymbolAtLocation(file);
      if (!module) return [`${specifier}: no module`];
      return checker.getExportsOfModule(module).flatMap((symbol) => {
        const aimed = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
        const inner = aimed.flags & ts.SymbolFlags.Module ? checker.getExportsOfModule(aimed) : [aimed];
        return inner
          .map((s) => (s.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(s) : s))
          .filter((s) => s.getDocumentationComment(checker).length === 0)
          .map((s) => `${specifier}: ${s.getName()}`);
      });
    });
    expect(silent).toEqual([]);
  }, 120_000);
});
