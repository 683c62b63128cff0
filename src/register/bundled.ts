import { allEngines } from '../instrumentation/engines/all.js';
import { giveEngines } from '../instrumentation/load-engine.js';
import { start } from './start.js';

// Bundlers take this file in place of index. The first in CommonJS, the second in ESM.
giveEngines(allEngines);
start(typeof __filename === 'string' ? __filename : import.meta.url);
