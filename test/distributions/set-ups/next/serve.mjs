import { once } from 'node:events';
import { createServer } from 'node:http';
import next from 'next';

const app = next({ dev: false, dir: import.meta.dirname });
await app.prepare();
const server = createServer(app.getRequestHandler()).listen(0, '127.0.0.1');
await once(server, 'listening');
const response = await fetch(`http://127.0.0.1:${server.address().port}/orders`, { method: 'POST' });
if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
await globalThis.endTelemetry();
process.exit();
