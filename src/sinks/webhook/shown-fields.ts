import type { Emission, Leaving } from '../../emission/emission.js';
import { secondsText } from '../duration.js';

/** The fields of an emission for other services: by their names in code, with durations as seconds, as in JSON lines. */
export function shownFields({ fields, definition }: Emission): Record<string, Leaving> {
  const shown: Record<string, Leaving> = {};
  for (const [name, value] of Object.entries(fields)) {
    const kind = Object.hasOwn(definition.fields, name) ? definition.fields[name]?.kind : undefined;
    shown[name] = kind === 'duration' && typeof value === 'number' ? secondsText(value) : value;
  }
  return shown;
}
