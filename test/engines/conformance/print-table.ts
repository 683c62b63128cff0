// Prints the table for the README: tsx test/engines/conformance/print-table.ts
import { BEGIN, END, engineTable } from './table.js';

console.log(`${BEGIN}\n\n${engineTable()}\n\n${END}`);
