import { withoutOwnFrames } from '../emission/own-frames.js';

const PACKAGES = /[\\/]node_modules[\\/]/;
/** The most characters of a stack that are searched. */
const STACK_LENGTH = 64_000;

/**
 * The app's frame in a stack, as in `pay (/app/pay.ts:12:7)`: the first frame outside this package and all other packages, else the first frame
 * outside this package. Undefined if there is none, as in a callback of a timer.
 *
 * @param doors How many frames of this package lie above it.
 */
export function appLine(place: Error, doors: number): string | undefined {
  const { stack } = place;
  if (typeof stack !== 'string') return undefined;
  const all = framesOf(stack);
  const left = framesOf(withoutOwnFrames(stack, STACK_LENGTH));
  // If no frame was recognised as this package's, it is linked or bundled. A linked copy is the file of the first frame. In a bundle that file
  // holds the app's code as well.
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
  // If only frames of packages remain, the first file is a bundle, which also holds the caller of the box.
  return beyond.some((frame) => hasFile(frame) && isApps(frame)) ? beyond : frames.slice(doors);
}

function isApps(frame: string): boolean {
  return !PACKAGES.test(frame);
}

function fileOf(frame = ''): string {
  return frame.replace(/^.*\(/, '').replace(/(:\d+){1,2}\)?$/, '');
}

// Excludes frames of Node.js itself, native frames, and `Promise.all (index 0)`.
function hasFile(frame: string): boolean {
  const file = fileOf(frame);
  return /[\\/]/.test(file) && !file.startsWith('node:');
}
