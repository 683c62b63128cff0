/** The folders of this package where it is installed. Stacks with source maps name its sources. */
const INSTALLED = /[\\/]node_modules[\\/]signalbox[\\/](?:dist|src)[\\/]/;

/** The folder of the sources, when they run directly. Undefined in a bundle, whose one file holds the app's frames too. */
const SOURCES = sourcesOf(new Error().stack);

function sourcesOf(stack: unknown): string | undefined {
  const own = /(?:\(|at )([^\s(][^(\n]*[\\/]src[\\/])emission[\\/]own-frames\.ts:\d/;
  return typeof stack === 'string' ? own.exec(stack)?.[1] : undefined;
}

/**
 * The text of a stack without the frames of this package, which do not help to find the fault. Only the first `limit` UTF-16 units are
 * filtered. The rest stays, because the redaction must see that the text goes on.
 */
export function withoutOwnFrames(stack: string, limit: number): string {
  const end = stack.length > limit ? Math.max(0, stack.lastIndexOf('\n', limit)) : stack.length;
  const text = stack.slice(0, end);
  if (!INSTALLED.test(text) && !(SOURCES !== undefined && text.includes(SOURCES))) return stack;
  const lines = text.split('\n').filter((line) => !isOwn(line));
  return lines.join('\n') + stack.slice(end);
}

function isOwn(line: string): boolean {
  if (!/^\s*at /.test(line)) return false;
  return INSTALLED.test(line) || (SOURCES !== undefined && line.includes(SOURCES));
}
