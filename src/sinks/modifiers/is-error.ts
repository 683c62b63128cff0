import type { Emission } from '../../emission/emission.js';
import { severityNumbers } from '../../signal/severity.js';

/** Whether an emission is an error: by its severity, or by an error among its fields, which may be `[redacted]`. */
export function isError({ severityNumber, errors, fields, definition }: Emission): boolean {
  if (severityNumber >= severityNumbers.error || errors !== undefined) return true;
  for (const name in definition.fields)
    if (definition.fields[name]?.kind === 'error' && fields[name] !== undefined) return true;
  return false;
}
