const LONGEST = 80;
/** Control and format characters: a terminal executes some of them, and others hide the text that follows. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A name from outside the app in a form that is safe on a terminal: short, and with visible characters only. */
export function plainName(name: string): string {
  const short = name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name;
  return short.replace(INVISIBLE, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}
