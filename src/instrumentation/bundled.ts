import { allEngines } from './engines/all.js';
import { giveEngines } from './load-engine.js';

export * from './index.js';

// Bundlers take this file in place of index.
giveEngines(allEngines);
