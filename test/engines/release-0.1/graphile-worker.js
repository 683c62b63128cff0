import { graphileWorker as entry } from './shared.js';
export const { graphileJobs } = entry;
