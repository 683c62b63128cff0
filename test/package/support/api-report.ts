import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

/** What is reached through them is the library's own: apps hand them on, and make none. */
const OPAQUE = new Set(['WithCore', 'Connection', 'Port']);

interface Part {
  readonly text: string;
  readonly isExported: boolean;
  readonly names: readonly string[];
}

/**
 * The declarations of a public entry as one text: what it exports, and what that names. What is not exported itself is told too, since
 * options are inherited from it.
 *
 * @param entry The built `.d.ts` of the entry.
 * @param work A folder for files that are passed over.
 */
export function apiReport(entry: string, folder: string, work: string): string {
  mkdirSync(work, { recursive: true });
  const config = ExtractorConfig.prepare({
    configObjectFullPath: join(folder, 'api-extractor.json'),
    packageJsonFullPath: join(folder, 'package.json'),
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: entry,
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'ES2022',
            // API Extractor does not find the globals that @types/node has too, as AbortSignal, but in the DOM's.
            lib: ['ES2022', 'DOM'],
            module: 'NodeNext',
            moduleResolution: 'NodeNext',
            strict: true,
            skipLibCheck: true,
            types: ['node'],
          },
          files: [entry],
        },
      },
      apiReport: {
        enabled: true,
        includeForgottenExports: true,
        reportFolder: work,
        reportTempFolder: join(work, 'temp'),
        reportFileName: 'report.api.md',
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
  const told: string[] = [];
  const { errorCount } = Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      if (message.logLevel === 'error') told.push(message.text);
      message.handled = true;
    },
  });
  if (errorCount > 0) throw new Error(told.join('\n'));
  const report = readFileSync(join(work, 'report.api.md'), 'utf8');
  return `${reached(partsOf(report)).join('\n\n')}\n`;
}

/** The parts of a report but for its frame, in its order. */
function partsOf(report: string): Part[] {
  const code = /```ts\n([\s\S]*?)\n```/.exec(report)?.[1] ?? '';
  const bare = code.replace(/^ *\/\/ .*\n/gm, '').trim();
  return bare.split(/\n{2,}(?=\S)/).map((text) => ({
    text,
    isExported: text.startsWith('export '),
    names: namesOf(text),
  }));
}

function namesOf(text: string): string[] {
  const declared =
    /^(?:export )?(?:declare )?(?:abstract )?(?:class|const|enum|function|interface|namespace|type) (\w+)/gm;
  const listed = /^export \{ (\w+) \}/gm;
  return [...text.matchAll(declared), ...text.matchAll(listed)].map((found) => found[1] ?? '');
}

/** What is exported, and what can be reached from it by name. */
function reached(parts: readonly Part[]): string[] {
  const imports = parts.filter(({ names, text }) => names.length === 0 && /^import /m.test(text));
  const found = new Set(parts.filter(({ isExported }) => isExported));
  for (const part of found) {
    if (part.names.some((name) => OPAQUE.has(name))) continue;
    const named = new Set(part.text.match(/\w+/g));
    for (const other of parts) if (other.names.some((name) => named.has(name))) found.add(other);
  }
  const kept = parts.filter((part) => found.has(part)).map(({ text }) => text);
  const all = kept.join('\n');
  const used = imports
    .flatMap(({ text }) => text.split('\n'))
    .filter((line) => new RegExp(`\\b${/(\w+) \}/.exec(line)?.[1] ?? '\\w+'}\\b`).test(all));
  return [used.join('\n'), ...kept].filter((text) => text !== '');
}
