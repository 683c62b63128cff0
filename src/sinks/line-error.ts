import type { Emission, EmissionError } from '../emission/emission.js';
import { severityNumbers } from '../signal/severity.js';

/** What a line tells of the error in a field; undefined where the field holds none that may be seen. */
export function toldError({ errors }: Emission, name: string): EmissionError | undefined {
  return errors !== undefined && Object.hasOwn(errors, name) ? errors[name] : undefined;
}

/**
 * The stack that a line tells of the error in a field. The signals that follow a failure name its error again, with `detail: 'type'`:
 * they tell its stack where they are errors themselves.
 */
export function toldStack(emission: Emission, name: string): string | undefined {
  const { definition, severityNumber } = emission;
  const detail = Object.hasOwn(definition.fields, name) ? definition.fields[name]?.detail : undefined;
  if (detail === 'type' && severityNumber < severityNumbers.error) return undefined;
  return toldError(emission, name)?.stack;
}
