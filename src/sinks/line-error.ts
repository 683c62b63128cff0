import type { Emission, EmissionError } from '../emission/emission.js';
import { severityNumbers } from '../signal/severity.js';

/** The error in a field as a line shows it; undefined if the field has no visible error. */
export function toldError({ errors }: Emission, name: string): EmissionError | undefined {
  return errors !== undefined && Object.hasOwn(errors, name) ? errors[name] : undefined;
}

/**
 * The stack of the error in a field as a line shows it. The signals that follow a failure repeat its error with `detail: 'type'`: they show
 * its stack only if they are errors themselves.
 */
export function toldStack(emission: Emission, name: string): string | undefined {
  const { definition, severityNumber } = emission;
  const detail = Object.hasOwn(definition.fields, name) ? definition.fields[name]?.detail : undefined;
  if (detail === 'type' && severityNumber < severityNumbers.error) return undefined;
  return toldError(emission, name)?.stack;
}
