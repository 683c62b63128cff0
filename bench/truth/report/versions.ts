import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { versions } from '../../../test/e2e/programs/versions.js';
import { repository } from '../../../test/e2e/stack/compose-file.js';

/** With what something was run, in one sentence. */
export function versionsText(
  packages: readonly string[],
  others: Readonly<Record<string, string>> = {},
): string {
  const parts = [
    `Node ${process.versions.node}`,
    ...['@opentelemetry/sdk-node', ...packages].map((name) => `${name} ${versionOf(name)}`),
    ...Object.entries(others).map(([name, version]) => `${name} ${version}`),
  ];
  return `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, commit ${commit()}; ${parts.join(', ')}; ${cpus().length} cores.`;
}

/** Those of the native stack. */
export function stackVersions(): Record<string, string> {
  return {
    collector: versions.otelcol.release,
    Jaeger: versions.jaeger.release,
    Prometheus: versions.prometheus.release,
  };
}

function versionOf(name: string): string {
  const path = join(repository, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, {
        cwd: repository,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    // What a command wrote into bench/ changes nothing that is measured.
    const changed = git('status', '--porcelain', '--', 'src', 'test', 'bench/truth').length > 0;
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`;
  } catch {
    return 'unknown';
  }
}
