import type { Attributes } from '@opentelemetry/api';
import { owned } from '../../emission/text.js';

/** The labels of one series and its key, as copies: they outlive the emit and must not keep the app's strings in memory. */
export interface Labels {
  readonly key: string;
  readonly attributes: Attributes;
}

export function ownLabels(key: string, attributes: Attributes): Labels {
  const own: Attributes = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'string') own[name] = owned(value);
    else if (Array.isArray(value)) own[name] = value.map(ownedText) as typeof value;
    else own[name] = value;
  }
  return { key: owned(key), attributes: own };
}

function ownedText<T>(value: T): T {
  return typeof value === 'string' ? (owned(value) as T & string) : value;
}
