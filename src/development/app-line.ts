import { withoutOwnFrames } from '../emission/own-frames.js';

const PACKAGES = /[\\/]node_modules[\\/]/;
/** So much of a stack is looked at. */
const STACK_LENGTH = 64_000;

/**
 * The frame of the app that a place was taken in, as in `pay (/app/pay.ts:12:7)`: the first that is neither this package's nor that of another package,
 * else the first that is not this package's. Undefined where there is none, as in a callback of a timer.
 *
 * @param doors How many frames this package put above it.
 */
export function appLine(place: Error, doors: number): string | undefined {
  const { stack } = place;
  if (typeof stack !== 'string') return undefined;
  const all = framesOf(stack);
  const left = framesOf(withoutOwnFrames(stack, STACK_LENGTH));
  // A copy that lies elsewhere, as a linked one, is known by the file that the place was taken in. In a bundle that file is the app's as well.
  const frames = left.length < all.length ? left : beyondFirstFile(all, doors);
  const apps = frames.filter(hasFile);
  return apps.find(isApps) ?? apps[0];
}

function framesOf(stack: string): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s*at /.test(line))
    .map((line) => line.trim().slice('at '.length));
}

function beyondFirstFile(frames: readonly string[], doors: number): readonly string[] {
  const file = fileOf(frames[0]);
  const beyond = frames.filter((frame) => fileOf(frame) !== file);
  // Where it has packages alone, the file is a bundle, and what called the box is in it.
  return beyond.some((frame) => hasFile(frame) && isApps(frame)) ? beyond : frames.slice(doors);
}

function isApps(frame: string): boolean {
  return !PACKAGES.test(frame);
}

function fileOf(frame = ''): string {
  return frame.replace(/^.*\(/, '').replace(/(:\d+){1,2}\)?$/, '');
}

// Not that of Node.js itself, nor of what is native, nor of `Promise.all (index 0)`.
function hasFile(frame: string): boolean {
  const file = fileOf(frame);
  return /[\\/]/.test(file) && !file.startsWith('node:');
}
