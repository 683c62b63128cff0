import { start } from './start.js';

// The first in CommonJS, the second in ESM.
start(typeof __filename === 'string' ? __filename : import.meta.url);
