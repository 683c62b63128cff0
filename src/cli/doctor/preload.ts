import { isMainThread } from 'node:worker_threads';
import type { Order } from './facts.js';
import { ORDER } from './facts.js';
import { Modules } from './loaded-modules.js';
import { Witness } from './witness.js';

// Loaded by --require before the app. An error here must not reach the app.
try {
  const order = process.env[ORDER];
  // CommonJS has `__filename`, ESM has `import.meta.url`.
  const here = typeof __filename === 'string' ? __filename : import.meta.url;
  if (order !== undefined && isMainThread) new Witness(JSON.parse(order) as Order, new Modules(here)).start();
} catch {
  // The doctor then prints that no process reported anything.
}
