import { createRequire } from 'node:module';
import { join } from 'node:path';
import type ts from 'typescript';

type TypeScript = typeof ts;

/** A compiler that the repository has, by the name it is installed under. */
export type Compiler = 'typescript' | 'typescript-5.4';

export function compilerOf(name: Compiler): TypeScript {
  return createRequire(import.meta.url)(name) as TypeScript;
}

export interface Program {
  readonly compiler: Compiler;
  /** As in a tsconfig.json; the others are as strict as can be. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly file: string;
}

/** What the compiler says of the program and of every declaration of signalbox that it reads, those of its dependencies left out. */
export function complaints({ compiler, options, file }: Program): string[] {
  const typescript = compilerOf(compiler);
  const { options: parsed, errors } = typescript.convertCompilerOptionsFromJson(
    { target: 'es2022', strict: true, noEmit: true, skipLibCheck: false, types: ['node'], ...options },
    join(file, '..'),
  );
  const program = typescript.createProgram([file], parsed);
  const told = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName === file || fileName.includes('/node_modules/signalbox/'))
    .flatMap((source) => [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ]);
  return [...errors, ...program.getOptionsDiagnostics(), ...told].map(
    ({ file: at, start, code, messageText }) =>
      `${at?.fileName.replace(/^.*\/node_modules\//, '') ?? ''}:${start ?? ''} TS${code} ${typescript.flattenDiagnosticMessageText(messageText, '\n')}`,
  );
}
