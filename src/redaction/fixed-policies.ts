import type { RedactionPolicy } from '../signal/field.js';

const MASK = '********';
/** The shortest text whose last four characters are shown. A card number has at least twelve. */
const SHOWN_FROM = 12;
const SHOWN = 4;

/**
 * Leaves the field out. The type of an error is left out too.
 *
 * @example
 * ```ts
 * import { defineSignal, field } from 'signalbox';
 * import { drop } from 'signalbox/redaction';
 * defineSignal('SIGNED_IN', { fields: { address: field.text({ sensitive: drop }) } });
 * ```
 */
export const drop: RedactionPolicy = () => undefined;

/**
 * Eight stars, whatever the value and its length: a reader sees only that there was a value. Each entry of a list becomes eight stars, which
 * shows the number of entries. Use {@link drop} for a list whose length must not leave.
 *
 * @example
 * ```ts
 * import { defineSignal, field } from 'signalbox';
 * import { mask } from 'signalbox/redaction';
 * defineSignal('SIGNED_UP', { fields: { phone: field.text({ sensitive: mask }) } });
 * ```
 */
export const mask: RedactionPolicy = () => MASK;

/**
 * Eight stars and the last four characters, as in `********1111`. A value with fewer than twelve characters becomes eight stars alone. The
 * result shows nothing else about the length.
 *
 * @example
 * ```ts
 * import { defineSignal, field } from 'signalbox';
 * import { lastFour } from 'signalbox/redaction';
 * defineSignal('CARD_CHARGED', { fields: { card: field.id({ sensitive: lastFour }) } });
 * ```
 */
export const lastFour: RedactionPolicy = (text) => {
  // By characters, because one character may take two UTF-16 units.
  const characters = [...text];
  return characters.length < SHOWN_FROM ? MASK : MASK + characters.slice(-SHOWN).join('');
};
