import type { CompiledField } from './compiled-signal.js';
import { isDescribed } from './describe-error.js';
import type { Leaving } from './emission.js';
import { hookAnswer } from './hook-answer.js';
import { REDACTED } from './reveal.js';
import { cut, owned, wellFormed } from './text.js';
import type { Clean, ValueRules } from './value.js';

/** The form in which a sensitive value leaves; undefined leaves it out. Redacts each entry of a list, and the message of an error. */
export function redactedForm(field: CompiledField, value: Clean, rules: ValueRules): Leaving | undefined {
  if (!field.policy) return REDACTED;
  if (typeof value !== 'object') return redactedText(field, String(value), rules);
  if (isDescribed(value)) return redactedText(field, value.message, rules);
  const list = value.flatMap((entry) => redactedText(field, entry, rules) ?? []);
  return list.length > 0 ? Object.freeze(list) : undefined;
}

/** The form in which a sensitive text leaves. Throws only if the stack is exhausted. */
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
      withheld?.(
        `policy:${name}`,
        `the policy of the sensitive field '${name}' ${what}: the value is [redacted]`,
      ),
  );
  return form === undefined ? undefined : owned(wellFormed(cut(form as string, stringLength)));
}
