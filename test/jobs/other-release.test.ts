import type { Signalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { expect, test } from 'vitest';

// A name that the compiler does not follow: the bundle of that release has no types.
const RELEASE: string = '../engines/release-0.1/index.js';

test('createJobs() - says that a box of another release is none that it can tell jobs on, and what to do', async () => {
  const { createSignalbox } = (await import(RELEASE)) as { createSignalbox: () => Signalbox };
  expect(() => createJobs(createSignalbox())).toThrow(
    /^createJobs: the box is of another release of signalbox: it has no .*shiftOf.*\. Have one version in the app: `npm ls signalbox` shows those that are there\.$/,
  );
});
