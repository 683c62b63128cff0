// Loads the processor beside it from its TypeScript source, in whatever kind of child this is.
import { tsImport } from 'tsx/esm/api';

const { default: work } = await tsImport('./observed.ts', import.meta.url);
export default typeof work === 'function' ? work : work.default;
