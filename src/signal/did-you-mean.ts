/** The known name that is most similar to a given one. Undefined if none is similar. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length * 0.45)) + 1;
  for (const candidate of known) {
    const d = isBegun(name, candidate)
      ? 1
      : distance(name.toLowerCase(), candidate.toLowerCase(), bestDistance);
    if (d < bestDistance) {
      bestDistance = d;
      best = candidate;
    }
  }
  return best;
}

/** The text ` Did you mean 'x'?`, or an empty text. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const found = nearest(name, known);
  return found === undefined ? '' : ` Did you mean '${found}'?`;
}

/** Whether a name is the beginning of another, as `interval` of `intervalMillis`. */
function isBegun(name: string, candidate: string): boolean {
  return name.length >= 4 && candidate.toLowerCase().startsWith(name.toLowerCase());
}

function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(
        Math.min(
          change,
          (previous[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          swap ? (previous[j - 1] ?? 0) : limit,
        ),
      );
    }
    previous = row;
  }
  return previous[b.length] ?? limit;
}
