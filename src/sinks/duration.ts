/** A duration for machines that people read too: always in seconds, with no more decimals than it needs. */
export function secondsText(millis: number): string {
  const size = Math.abs(millis);
  const decimals = size >= 1 ? 3 : size >= 0.001 ? 6 : 9;
  return `${trimmed(millis / 1000, decimals)}s`;
}

/** A duration for people: `38ms`, `1.24s`, `2m03s`, `1h05m`. */
export function shortDuration(millis: number): string {
  const size = Math.abs(millis);
  if (size < 10) return `${trimmed(millis, 2)}ms`;
  if (size < 999.5) return `${Math.round(millis)}ms`;
  if (size < 59_995) return `${trimmed(millis / 1000, 2)}s`;
  const sign = millis < 0 ? '-' : '';
  const seconds = Math.round(size / 1000);
  if (seconds < 3600) return `${sign}${Math.floor(seconds / 60)}m${padded(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  return `${sign}${Math.floor(minutes / 60)}h${padded(minutes % 60)}m`;
}

/** Drops trailing zeros, and the minus of a zero. A number too large for `toFixed` keeps its exponent. */
function trimmed(value: number, decimals: number): string {
  const fixed = value.toFixed(decimals);
  if (!fixed.includes('.') || fixed.includes('e')) return fixed;
  let end = fixed.length;
  while (fixed[end - 1] === '0') end--;
  if (fixed[end - 1] === '.') end--;
  const text = fixed.slice(0, end);
  return text === '-0' ? '0' : text;
}

function padded(n: number): string {
  return String(n).padStart(2, '0');
}
