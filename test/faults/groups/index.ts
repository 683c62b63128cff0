import type { Fault, Group } from '../fault.js';

/** The kinds of faults, each loaded when it is needed: a process plays one fault. */
export const LOADERS: Readonly<Record<string, () => Promise<Group>>> = {
  sinks: async () => (await import('./sinks.js')).sinks,
  modifiers: async () => (await import('./modifiers.js')).modifiers,
  boxes: async () => (await import('./boxes.js')).boxes,
  exporters: async () => (await import('./exporters.js')).exporting,
  endpoints: async () => (await import('./endpoints.js')).endpoints,
  webhooks: async () => (await import('./webhooks.js')).webhooks,
  grpc: async () => (await import('./grpc.js')).grpc,
  disks: async () => (await import('./disks.js')).disks,
  durable: async () => (await import('./durable.js')).durable,
  writers: async () => (await import('./writers.js')).writers,
  clocks: async () => (await import('./clocks.js')).clocks,
  loops: async () => (await import('./loops.js')).loops,
  processes: async () => (await import('./processes.js')).processes,
  memory: async () => (await import('./memory.js')).memory,
  apps: async () => (await import('./apps.js')).apps,
  values: async () => (await import('./values.js')).valuing,
};

/** All of them. */
export function allGroups(): Promise<Group[]> {
  return Promise.all(Object.values(LOADERS).map((load) => load()));
}

/** The fault of a name such as `sinks/throws`. */
export async function findFault(path: string): Promise<Fault> {
  const [group = '', name] = path.split('/');
  const fault = (await LOADERS[group]?.())?.faults.find((one) => one.name === name);
  if (!fault) throw new Error(`there is no fault ${path}`);
  return fault;
}
