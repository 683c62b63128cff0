import { testColumn } from './engine-tests.js';

await testColumn('graphile-worker');
