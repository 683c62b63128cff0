/** What signalbox uses of a client of Redis, whichever one the app gave to BullMQ. */
export interface RedisClient {
  defineCommand(name: string, definition: { numberOfKeys: number; lua: string; readOnly?: boolean }): void;
  runCommand(name: string, args: readonly (string | number)[]): Promise<unknown>;
  hexists(key: string, field: string): Promise<number>;
  hgetall(key: string): Promise<Record<string, string>>;
  smembers(key: string): Promise<string[]>;
  get(key: string): Promise<string | null>;
}

export type Given = Omit<RedisClient, 'runCommand'> &
  Readonly<Record<string, (args: unknown) => Promise<unknown>>>;

/** Before BullMQ 5.77 the client is one of ioredis, whose commands are its methods. */
export function redisOf(given: Given): RedisClient {
  if (typeof given.runCommand === 'function') return given as unknown as RedisClient;
  return {
    defineCommand: (name, definition) => given.defineCommand(name, definition),
    runCommand: (name, args) => (given[name] as (args: unknown) => Promise<unknown>)(args),
    hexists: (key, field) => given.hexists(key, field),
    hgetall: (key) => given.hgetall(key),
    smembers: (key) => given.smembers(key),
    get: (key) => given.get(key),
  };
}
