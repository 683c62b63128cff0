import type { Channel, Counts } from '../delivery/account.js';
import { Account } from '../delivery/account.js';
import type { Port } from '../delivery/destination.js';
import type { ValueCounts } from '../emission/value.js';
import type { EmitCounts } from './emit-counts.js';
import type { DestinationStats, Stats } from './stats.js';

/** The accounts of a box, by destination and channel. */
export class Ledger {
  readonly #accounts = new Map<string, Map<Channel, Account>>();

  account(destination: string, channel: Channel): Account {
    const channels = this.#channelsOf(destination);
    let account = channels.get(channel);
    if (!account) {
      account = new Account();
      channels.set(channel, account);
    }
    return account;
  }

  /** An object that identifies a destination of this box. */
  identity(destination: string): object {
    return this.#channelsOf(destination);
  }

  #channelsOf(destination: string): Map<Channel, Account> {
    let channels = this.#accounts.get(destination);
    if (!channels) {
      channels = new Map();
      this.#accounts.set(destination, channels);
    }
    return channels;
  }

  *counts(): Generator<readonly [string, Channel, Counts]> {
    for (const [name, channels] of this.#accounts)
      for (const [channel, account] of channels) yield [name, channel, account.counts()];
  }

  stats(ports: ReadonlyMap<string, Port>, counts: EmitCounts, values: ValueCounts): Stats {
    const destinations = [...this.#accounts].map(([name, channels]): [string, DestinationStats] => {
      const port = ports.get(name);
      const queue = port?.queue?.();
      const counts = [...channels].map(([channel, account]) => [channel, account.counts()] as const);
      const kind = port?.kind ?? 'sink';
      return [name, { kind, channels: Object.fromEntries(counts), ...(queue ? { queue } : {}) }];
    });
    return {
      destinations: Object.fromEntries(destinations),
      emitted: counts.emitted,
      unrouted: counts.unrouted,
      silenced: counts.silenced,
      refused: Object.fromEntries(counts.refused),
      values: { ...values },
    };
  }
}
