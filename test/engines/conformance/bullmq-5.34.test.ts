import { testColumn } from './engine-tests.js';

await testColumn('bullmq 5.34');
