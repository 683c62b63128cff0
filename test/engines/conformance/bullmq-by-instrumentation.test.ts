import { testColumn } from './engine-tests.js';

await testColumn('bullmq by instrumentation');
