export type { Expected, Recorder } from './recorder.js';
export { recorder } from './recorder.js';
