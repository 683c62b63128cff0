import { programs } from './programs.js';

// `npx tsx test/e2e/programs/build.ts`: builds what is missing, and says where everything lies.
try {
  for (const [name, path] of Object.entries(await programs({ say: (line) => console.error(line) })))
    console.log(`${name.padEnd(14)} ${path}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
