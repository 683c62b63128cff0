import { fileURLToPath } from 'node:url';
import { keepSize, keptSize } from './kept.js';
import { sizeOf } from './size.js';

/** Says how large the built core is, and keeps that. */
const kept = keptSize();
const size = await sizeOf(fileURLToPath(new URL('../../dist/index.js', import.meta.url)));
console.log(`signalbox, bundled, minified and gzipped: ${size} bytes (kept: ${kept})`);
keepSize(size);
