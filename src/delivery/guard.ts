export { swallow } from '../emission/swallow.js';
