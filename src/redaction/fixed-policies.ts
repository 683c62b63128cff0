import type { RedactionPolicy } from '../signal/field.js';

const MASK = '********';
/** So many characters are hidden at least where some are shown: a card's number has twelve and more in all. */
const SHOWN_FROM = 12;
const SHOWN = 4;

/**
 * Nothing leaves of the value: the field is absent. Of an error, its type is absent too.
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
 * Eight stars, whatever the value and its length: it is seen that there was one, and nothing else. Of a list each entry becomes eight
 * stars, so that their number is seen; {@link drop} a list that should not tell it.
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
 * Eight stars and the last four characters, as in `********1111`. Of a value with fewer than twelve characters nothing is shown: eight stars. How
 * long the value is can not be seen, beside that.
 *
 * @example
 * ```ts
 * import { defineSignal, field } from 'signalbox';
 * import { lastFour } from 'signalbox/redaction';
 * defineSignal('CARD_CHARGED', { fields: { card: field.id({ sensitive: lastFour }) } });
 * ```
 */
export const lastFour: RedactionPolicy = (text) => {
  // By characters: one of them may take two units.
  const characters = [...text];
  return characters.length < SHOWN_FROM ? MASK : MASK + characters.slice(-SHOWN).join('');
};
