import { ownError } from '../../delivery/own-error.js';
import type { Emission } from '../../emission/emission.js';
import { swallow } from '../../emission/swallow.js';
import { jsonLine } from '../json-line.js';

/** What a request carries. */
export interface Body {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Writes emissions as the text of a request, and says what kind of text it is. */
export type Writer = (emissions: readonly Emission[]) => { readonly text: string; readonly type: string };

const JSON_TYPE = 'application/json';

/** One emission as a JSON object. */
export const asObject: Writer = ([emission]) => ({
  text: emission ? jsonLine(emission) : '',
  type: JSON_TYPE,
});

/** Emissions as a list of JSON objects. */
export const asList: Writer = (emissions) => ({
  text: `[${emissions.map((emission) => jsonLine(emission)).join(',')}]`,
  type: JSON_TYPE,
});

/** Emissions as lines of JSON. */
export const asLines: Writer = (emissions) => ({
  text: emissions.map((emission) => `${jsonLine(emission)}\n`).join(''),
  type: 'application/x-ndjson',
});

/** Writes what the app's function makes of emissions: a text as it is, anything else as JSON. */
export function asFormatted(format: (emissions: readonly Emission[]) => unknown): Writer {
  return (emissions) => {
    const made = format(emissions);
    if (swallow(made))
      throw ownError('`format` of webhook() gave a promise: give a function that answers at once');
    if (typeof made === 'string') return { text: made, type: 'text/plain; charset=utf-8' };
    const text = JSON.stringify(made) as string | undefined;
    if (text === undefined)
      throw ownError(`\`format\` of webhook() gave ${typeof made}: give a text, or what JSON can write`);
    return { text, type: JSON_TYPE };
  };
}

/** The body of a request for emissions. Rejects with what the app's function throws. */
export async function bodyOf(write: Writer, emissions: readonly Emission[], gzip: boolean): Promise<Body> {
  const { text, type } = write(emissions);
  const bytes = Buffer.from(text);
  if (!gzip) return { bytes, headers: { 'content-type': type } };
  return { bytes: await zipped(bytes), headers: { 'content-type': type, 'content-encoding': 'gzip' } };
}

async function zipped(bytes: Buffer): Promise<Buffer> {
  const zlib = await import('node:zlib');
  return new Promise((resolve, reject) => {
    zlib.gzip(bytes, (error, made) => (error ? reject(error) : resolve(made)));
  });
}
