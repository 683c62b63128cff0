// Prints the tables for the README and docs/engines.md: tsx test/engines/conformance/print-table.ts
import { SETTINGS } from './columns.js';
import { BEGIN, END, engineTable, settingsTable } from './table.js';

console.log(`${BEGIN}\n\n${engineTable()}\n\n${END}`);
for (const [engine, columns] of Object.entries(SETTINGS))
  console.log(`\n<!-- ${engine}:begin -->\n\n${settingsTable(columns)}\n\n<!-- ${engine}:end -->`);
