import { version } from './version.js';

/** The scope of everything that signalbox makes. */
export const SCOPE: { readonly name: string; readonly version: string } = Object.freeze({
  name: 'signalbox',
  version,
});
