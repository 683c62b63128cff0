import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repository } from '../stack/compose-file.js';

interface LokiFile {
  readonly distributor: {
    readonly otlp_config: { readonly default_resource_attributes_as_index_labels: readonly string[] };
  };
}

const file = parse(readFileSync(join(repository, 'deploy/loki/config.yaml'), 'utf8')) as LokiFile;

/** The attributes of the resource that name a record's stream, by the very file that Loki reads. */
export const indexLabels: readonly string[] =
  file.distributor.otlp_config.default_resource_attributes_as_index_labels;
