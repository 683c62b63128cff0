import { testEngine } from './engine-tests.js';

await testEngine('pg-boss');
