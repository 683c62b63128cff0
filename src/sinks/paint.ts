import { environment } from '../signal/environment.js';
import type { Severity } from '../signal/severity.js';

/** How a part of a line stands out. */
export type Style = 'plain' | 'dim' | Severity;

const CODES: Readonly<Record<Exclude<Style, 'plain'>, readonly [on: string, off: string]>> = {
  dim: ['2', '22'],
  trace: ['2', '22'],
  debug: ['2', '22'],
  info: ['36', '39'],
  warn: ['33', '39'],
  error: ['31', '39'],
  fatal: ['1;31', '22;39'],
};

/** The text in the colour of its style, for terminals. */
export function paint(text: string, style: Style): string {
  if (style === 'plain') return text;
  const [on, off] = CODES[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

/**
 * Whether lines have colours, by the environment and by where they go.
 *
 * @see https://no-color.org
 */
export function wantsColour(onTerminal: boolean): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: none, TERM: terminal } = environment();
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  if (none !== undefined && none !== '') return false;
  return onTerminal && terminal !== 'dumb';
}
