import { bullmq as entry } from './shared.js';
export const { bullmqJobs, sandboxed } = entry;
