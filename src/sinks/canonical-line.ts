import { canonicalJson } from '../audit/canonical-json.js';
import type { Emission, Leaving } from '../emission/emission.js';
import { eachMember } from './line-members.js';

type Member = readonly [key: string, json: string];

/** The members of a JSON line as one canonical JSON object. Throws on half a surrogate pair, which has no form there. */
export function canonicalLine(emission: Emission, stacks: boolean): string {
  const members: Member[] = [];
  eachMember(emission, stacks, (key, value) => members.push([key, canonicalJson(asJson(value))]));
  members.sort(byKey);
  // Joined at once: a text that is added up is kept in its parts, which live as long as the line waits.
  return `{${members.map(([key, json]) => `${canonicalJson(key)}:${json}`).join(',')}}`;
}

/** A modifier may hand on values that JSON has in another form, or not at all. */
function asJson(value: Leaving): unknown {
  const isPlain = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  return isPlain ? value : JSON.parse(JSON.stringify(value));
}

/** By code units, as RFC 8785 sorts. */
function byKey([one]: Member, [other]: Member): number {
  return one < other ? -1 : 1;
}
