import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Needs } from '../fault.js';
import type { Result } from './result.js';
import { lost } from './result.js';

const SECONDS = 300;
const TEXT = 4000;

/** Plays one fault in a process of its own. `folder` has the built programs. Never rejects. */
export async function play(folder: string, path: string, needs: Needs = {}): Promise<Result> {
  const limits = [
    ...(needs.openFiles ? [`ulimit -n ${needs.openFiles}`] : []),
    ...(needs.fileBlocks ? [`ulimit -f ${needs.fileBlocks}`] : []),
  ];
  const args = [
    '--expose-gc',
    ...(needs.heapMegabytes ? [`--max-old-space-size=${needs.heapMegabytes}`] : []),
    ...(needs.fakeClock ? ['--import', `${folder}/fake-clock.js`] : []),
    `${folder}/child.js`,
    path,
  ];
  const child = spawn('sh', ['-c', [...limits, 'exec "$0" "$@"'].join('; '), process.execPath, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', OTEL_LOG_LEVEL: 'none', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (part: Buffer) => {
      printed = (printed + part.toString()).slice(-TEXT);
    });
  let result: Result | undefined;
  child.on('message', (message) => {
    result = message as Result;
  });
  const { seconds = SECONDS } = needs;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, seconds * 1000);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (result) return result;
    const how = late ? `not over within ${seconds} s` : `ended with ${signal ?? code} and no figures`;
    return lost(`${how}\n${printed.trim()}`);
  } catch (error) {
    return lost(String(error));
  } finally {
    clearTimeout(timer);
  }
}
