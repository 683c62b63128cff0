import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { OwnProcess } from '../support/own-process.js';
import { freePort, runProgram, startProgram } from '../support/own-process.js';

const NODES = 3;
const PATIENCE_MILLIS = 20_000;
const ADVICE = 'Install redis-server, which brings redis-cli (Debian: apt-get install redis-server).';

/** A Redis Cluster of three nodes on loopback. */
export interface RedisCluster {
  /** Of one of its nodes. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Three processes, each with a third of the slots, no replicas. They keep nothing on disk but their view of the cluster. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-redis-cluster-'));
  const nodes: OwnProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const node of nodes.splice(0)) await node.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const ports: number[] = [];
    for (let i = 0; i < NODES; i++) {
      const [port, bus] = [await freePort(), await freePort()];
      nodes.push(
        await startProgram({
          file: 'redis-server',
          args: [
            ...['--port', String(port), '--cluster-port', String(bus), '--bind', '127.0.0.1'],
            ...['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${port}.conf`],
            ...['--save', '', '--appendonly', 'no', '--dir', folder],
          ],
          port,
          advice: ADVICE,
        }),
      );
      ports.push(port);
    }
    const addresses = ports.map((port) => `127.0.0.1:${port}`);
    await cli(['--cluster', 'create', ...addresses, '--cluster-replicas', '0', '--cluster-yes']);
    for (const port of ports) await covered(port);
    return { url: `redis://${addresses[0]}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A node takes commands when it knows who has each of the slots. */
async function covered(port: number): Promise<void> {
  for (const until = Date.now() + PATIENCE_MILLIS; Date.now() < until; await pause(50))
    if ((await cli(['-p', String(port), 'cluster', 'info'])).includes('cluster_state:ok')) return;
  throw new Error(`The Redis Cluster was not whole within ${PATIENCE_MILLIS} ms.`);
}

function cli(args: readonly string[]): Promise<string> {
  return runProgram('redis-cli', args, ADVICE);
}
