import { allEngines } from '../instrumentation/engines/all.js';
import { giveEngines } from '../instrumentation/load-engine.js';
import { start } from './start.js';

// Bundlers use this file in place of index. CommonJS has `__filename`, ESM has `import.meta.url`.
giveEngines(allEngines);
start(typeof __filename === 'string' ? __filename : import.meta.url);
