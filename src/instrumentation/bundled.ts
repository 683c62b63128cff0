import { allEngines } from './engines/all.js';
import { giveEngines } from './load-engine.js';

export * from './index.js';

// Bundlers use this file in place of index.
giveEngines(allEngines);
