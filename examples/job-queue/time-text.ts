/** A duration as a person reads it: `0`, `0.4 ms`, `38 ms`, `1.24 s`, `2 min 05 s`. */
export function timeText(millis: number): string {
  if (millis === 0) return '0';
  if (millis < 10) return `${millis.toFixed(1)} ms`;
  if (millis < 999.5) return `${Math.round(millis)} ms`;
  if (millis < 59_995) return `${(millis / 1000).toFixed(2)} s`;
  const seconds = Math.round(millis / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}
