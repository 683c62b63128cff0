import { pgBoss as entry } from './shared.js';
export const { pgBossJobs } = entry;
