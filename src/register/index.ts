import { start } from './start.js';

// CommonJS has `__filename`, ESM has `import.meta.url`.
start(typeof __filename === 'string' ? __filename : import.meta.url);
