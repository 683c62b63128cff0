import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** An OTLP endpoint in a process of its own: what it costs is not the exporting process's. */
export interface Collector {
  readonly url: string;
  close(): void;
}

/** `takes` reads each body and answers 200; `hangs` reads it and never answers. */
export type Answer = 'takes' | 'hangs';

// Ends with who started it, whatever becomes of that: its input ends then.
const PROGRAM = `
const answers = process.argv[1] === 'takes';
const server = require('node:http').createServer((request, response) => {
  request.resume();
  request.on('end', () => answers && response.writeHead(200, { 'content-type': 'application/json' }).end());
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit(0));
`;

export async function startCollector(answer: Answer = 'takes'): Promise<Collector> {
  const child = spawn(process.execPath, ['--eval', PROGRAM, answer], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    url: `http://127.0.0.1:${port.toString().trim()}/v1/logs`,
    close: () => child.stdin.end(),
  };
}
