import { testEngine } from './engine-tests.js';

await testEngine('graphile-worker');
