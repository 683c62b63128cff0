import { testColumn } from './engine-tests.js';

await testColumn('pg-boss 10');
