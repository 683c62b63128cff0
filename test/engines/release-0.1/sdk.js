import { sdk as entry } from './shared.js';
export const { exporters, nodeSdk, spanProcessor } = entry;
