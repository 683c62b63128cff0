// Prints the tables for docs/engines.md and the page of each engine: tsx test/engines/conformance/print-table.ts
import { SETTINGS } from './columns.js';
import { BEGIN, END, engineTable, settingsTable } from './table.js';

console.log(`${BEGIN}\n\n${engineTable()}\n\n${END}`);
for (const engine of ['bullmq', 'pg-boss', 'graphile-worker'] as const)
  console.log(
    `\n<!-- ${engine}:begin -->\n\n${settingsTable(engine, SETTINGS[engine])}\n\n<!-- ${engine}:end -->`,
  );
