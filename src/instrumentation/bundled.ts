import { allEngines } from './engines/all.js';
import { giveEngines } from './engines.js';

export * from './index.js';

// Bundlers take this file in place of index.
giveEngines(allEngines);
