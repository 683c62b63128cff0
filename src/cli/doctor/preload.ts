import { isMainThread } from 'node:worker_threads';
import type { Order } from './facts.js';
import { ORDER } from './facts.js';
import { Modules } from './loaded-modules.js';
import { Witness } from './witness.js';

// Loaded by --require before the app. Nothing that goes wrong here is the app's trouble.
try {
  const order = process.env[ORDER];
  // The first in CommonJS, the second in ESM.
  const here = typeof __filename === 'string' ? __filename : import.meta.url;
  if (order !== undefined && isMainThread) new Witness(JSON.parse(order) as Order, new Modules(here)).start();
} catch {
  // The doctor says that it was told nothing.
}
