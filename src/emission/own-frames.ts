/** Where this package lies once it is installed; its sources too, for those who run with source maps. */
const INSTALLED = /[\\/]node_modules[\\/]signalbox[\\/](?:dist|src)[\\/]/;

/** Where its sources lie, where those are what runs. Nothing is taken for it in a bundle: the app's own frames are of that file too. */
const SOURCES = sourcesOf(new Error().stack);

function sourcesOf(stack: unknown): string | undefined {
  const own = /(?:\(|at )([^\s(][^(\n]*[\\/]src[\\/])emission[\\/]own-frames\.ts:\d/;
  return typeof stack === 'string' ? own.exec(stack)?.[1] : undefined;
}

/**
 * The text of a stack without the frames of this package, which say nothing of what went wrong. Frames are looked for in its first `limit`
 * UTF-16 units; what follows stays, for who redacts the text has to know that it goes on.
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
