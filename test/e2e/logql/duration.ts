const MILLIS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of a duration such as `5m` or `1h30m`. */
export function durationMillis(text: string): number {
  const parts = [...text.matchAll(/(\d+)(ms|[smhd])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text)
    throw new Error(`'${text}' is no duration that is read here`);
  return parts.reduce((sum, { 1: number, 2: unit = '' }) => sum + Number(number) * (MILLIS[unit] ?? 0), 0);
}
