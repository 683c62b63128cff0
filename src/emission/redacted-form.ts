import type { CompiledField } from './compiled-signal.js';
import { isDescribed } from './describe-error.js';
import type { Leaving } from './emission.js';
import { hookAnswer } from './hook-answer.js';
import { REDACTED } from './reveal.js';
import { cut, owned, wellFormed } from './text.js';
import type { Clean, ValueRules } from './value.js';

/** What leaves in place of a sensitive value; undefined where nothing does. Of a list each entry is redacted, of an error its message. */
export function redactedForm(field: CompiledField, value: Clean, rules: ValueRules): Leaving | undefined {
  if (!field.policy) return REDACTED;
  if (typeof value !== 'object') return redactedText(field, String(value), rules);
  if (isDescribed(value)) return redactedText(field, value.message, rules);
  const list = value.flatMap((entry) => redactedText(field, entry, rules) ?? []);
  return list.length > 0 ? Object.freeze(list) : undefined;
}

/** What leaves in place of a sensitive text. Never throws, but for want of stack. */
export function redactedText(
  { name, policy }: CompiledField,
  text: string,
  { stringLength, withheld }: ValueRules,
): string | undefined {
  if (!policy) return REDACTED;
  const form = hookAnswer(
    () => policy(text),
    ['string', 'undefined'],
    (what) =>
      withheld?.(`policy:${name}`, `the policy of the sensitive field '${name}' ${what}: it is [redacted]`),
  );
  return form === undefined ? undefined : owned(wellFormed(cut(form as string, stringLength)));
}
