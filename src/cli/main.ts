#!/usr/bin/env node
import { run } from './run-command.js';
import { terminal } from './terminal.js';

void run(process.argv.slice(2), terminal).then((code) => {
  process.exitCode = code;
});
