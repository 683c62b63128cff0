import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../stack/compose-file.js';

/** What is read of deploy/jaeger/ui.json. */
export interface UiFile {
  readonly topTagPrefixes: readonly string[];
  readonly linkPatterns: readonly LinkPattern[];
  readonly search: { readonly maxLookback: { readonly label: string; readonly value: string } };
  readonly monitor: { readonly menuEnabled: boolean };
}

/** `url` and `text` name what is filled in as `#{name}`. */
export interface LinkPattern {
  readonly type: string;
  readonly key: string;
  readonly url: string;
  readonly text: string;
}

export function readUiFile(): UiFile {
  return JSON.parse(readFileSync(join(repository, 'deploy/jaeger/ui.json'), 'utf8')) as UiFile;
}

/** The configuration that Jaeger has written into the page that it serves. Throws where there is none. */
export function configIn(page: string): unknown {
  const [, config] = /JAEGER_CONFIG = (\{.*\});$/m.exec(page) ?? [];
  if (config === undefined) throw new Error('the page of Jaeger holds no configuration');
  return JSON.parse(config);
}
