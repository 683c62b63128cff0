import { indexLabels } from './index-labels.js';
import { startStandIn } from './stand-in.js';

// The stand-in as a process of the native stack: `LISTEN=127.0.0.1:3100 DIRECTORY=… main.ts`.
const UNREADY_MILLIS = 1000;

const { LISTEN = '', DIRECTORY } = process.env;
const { hostname, port } = new URL(`http://${LISTEN}`);
if (DIRECTORY === undefined) throw new Error('DIRECTORY names the folder for the files');
await startStandIn({
  host: hostname,
  port: Number(port),
  directory: DIRECTORY,
  indexLabels,
  unreadyMillis: UNREADY_MILLIS,
});
