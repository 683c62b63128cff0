import { index as entry } from './shared.js';
export const { SignalboxError, createSignalbox, defineSignal, field, nowhere, spanEventBridge, when } = entry;
