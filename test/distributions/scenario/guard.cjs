// Loaded before all else, in worker threads and child processes of Node too: what is no loopback address is refused as a closed port
// refuses, before a socket is opened, and written down.
const childProcess = require('node:child_process');
const dgram = require('node:dgram');
const dns = require('node:dns');
const { appendFileSync } = require('node:fs');
const net = require('node:net');
const workerThreads = require('node:worker_threads');

const NAMES = new Set(['localhost', 'ip6-localhost', 'localhost.localdomain']);
const loopback = new net.BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');
// What a server listens on, when it is connected to, is this machine.
loopback.addAddress('0.0.0.0', 'ipv4');
loopback.addAddress('::', 'ipv6');

function isLoopback(host) {
  if (host === undefined || host === null || host === '' || NAMES.has(host)) return true;
  const family = net.isIP(host);
  if (family === 0) return false;
  return loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

function refusal(call, host, port) {
  const where = port === undefined ? host : `${host}:${port}`;
  const file = process.env.DISTRIBUTION_REFUSED;
  if (file) appendFileSync(file, `${JSON.stringify({ call, where: String(where) })}\n`);
  return Object.assign(new Error(`${call} ECONNREFUSED ${where}`), {
    code: 'ECONNREFUSED',
    errno: -111,
    syscall: call,
    address: host,
    port,
  });
}

// Of what net.connect, tls.connect and http make of their arguments: an array whose first entry is the options.
function targetOf(args) {
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof first === 'object' && first !== null)
    return first.path ? {} : { host: first.host, port: first.port };
  if (typeof first === 'string' && !/^\d+$/.test(first)) return {};
  return { host: typeof second === 'string' ? second : undefined, port: first };
}

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function guardedConnect(...args) {
  const { host, port } = targetOf(args);
  if (isLoopback(host)) return connect.apply(this, args);
  const error = refusal('connect', host, port);
  process.nextTick(() => this.destroy(error));
  return this;
};

const { connect: connectUdp, send } = dgram.Socket.prototype;
dgram.Socket.prototype.connect = function guardedConnect(port, address, callback) {
  const host = typeof address === 'string' ? address : undefined;
  if (isLoopback(host)) return connectUdp.call(this, port, address, callback);
  const error = refusal('connect', host, port);
  const told = typeof address === 'function' ? address : callback;
  process.nextTick(() => (told ? told(error) : this.emit('error', error)));
};
dgram.Socket.prototype.send = function guardedSend(...args) {
  const callback = args.find((arg) => typeof arg === 'function');
  const host = args.slice(1).find((arg) => typeof arg === 'string');
  if (isLoopback(host)) return send.apply(this, args);
  const error = refusal('send', host);
  process.nextTick(() => (callback ? callback(error) : this.emit('error', error)));
};

// A name is asked of a server that is not this machine.
function guardNames(owner, names, isPromise) {
  for (const name of names) {
    const original = owner[name];
    if (typeof original !== 'function') continue;
    owner[name] = function guardedLookup(host, ...rest) {
      if (name.startsWith('lookup') && name !== 'lookupService' && isLoopback(host))
        return original.call(this, host, ...rest);
      const error = Object.assign(refusal(name, host), { hostname: host });
      if (isPromise) return Promise.reject(error);
      const callback = rest.findLast((arg) => typeof arg === 'function');
      process.nextTick(() => callback?.(error));
      return isPromise ? undefined : {};
    };
  }
}
const isLookup = (name) => /^(lookup|lookupService|resolve\w*|reverse)$/.test(name);
guardNames(dns, Object.keys(dns).filter(isLookup), false);
guardNames(dns.promises, Object.keys(dns.promises).filter(isLookup), true);
for (const [owner, isPromise] of [
  [dns.Resolver.prototype, false],
  [dns.promises.Resolver.prototype, true],
])
  guardNames(owner, Object.getOwnPropertyNames(owner).filter(isLookup), isPromise);

// An environment that an agent makes for them has no guard in it.
const PRELOAD = `--require ${__filename}`;
function guarded(env) {
  const { NODE_OPTIONS: options = '' } = env;
  if (options.includes(PRELOAD)) return env;
  const { DISTRIBUTION_REFUSED: file } = process.env;
  const noted = file ? { DISTRIBUTION_REFUSED: file } : {};
  return { ...env, ...noted, NODE_OPTIONS: `${PRELOAD} ${options}`.trim() };
}

workerThreads.Worker = class Worker extends workerThreads.Worker {
  constructor(file, options = {}) {
    const { env } = options;
    super(file, typeof env === 'object' && env !== null ? { ...options, env: guarded(env) } : options);
  }
};

const { spawn } = childProcess.ChildProcess.prototype;
childProcess.ChildProcess.prototype.spawn = function guardedSpawn(options) {
  const pairs = options.envPairs ?? [];
  const env = Object.fromEntries(
    pairs.map((pair) => [pair.split('=', 1)[0], pair.slice(pair.indexOf('=') + 1)]),
  );
  const envPairs = Object.entries(guarded(env)).map(([name, value]) => `${name}=${value}`);
  return spawn.call(this, { ...options, envPairs });
};
for (const name of ['spawnSync', 'execFileSync', 'execSync']) {
  const original = childProcess[name];
  childProcess[name] = function guardedSpawn(...all) {
    const args = all.filter((arg) => arg !== undefined);
    const at = args.findIndex((arg) => typeof arg === 'object' && arg !== null && !Array.isArray(arg));
    const options = at < 0 ? {} : args[at];
    const given = { ...options, env: guarded(options.env ?? process.env) };
    return original.apply(this, at < 0 ? [...args, given] : args.with(at, given));
  };
}
