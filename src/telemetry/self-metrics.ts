import type { Channel, Counts } from '../delivery/account.js';
import type { QueueSize } from '../delivery/destination.js';
import type { ObservableDefinition } from './make-instrument.js';
import type { Observe } from './observable-metric.js';

/** What a box reports about itself. */
export interface SelfKnowledge {
  counts(): Iterable<readonly [string, Channel, Counts]>;
  queues(): Iterable<readonly [string, QueueSize]>;
  /** Emits that no destination was asked to take, by reason. */
  lost(): Iterable<readonly [string, number]>;
}

const CHANNELS: Readonly<Record<Channel, string>> = {
  logs: 'logs',
  spans: 'spans',
  spanEvents: 'span_events',
  metrics: 'metrics',
  sink: 'sink',
};

const DESTINATION = 'signalbox.destination';
const CHANNEL = 'signalbox.channel';
const OUTCOME = 'signalbox.outcome';
const REASON = 'signalbox.drop.reason';

const ITEMS: ObservableDefinition = {
  type: 'observableCounter',
  name: 'signalbox.items',
  unit: '{item}',
  description: 'Outcomes of all that was routed',
};
const QUEUE_SIZE: ObservableDefinition = {
  type: 'observableGauge',
  name: 'signalbox.queue.size',
  unit: '{signal}',
  description: 'Signals that wait or are in flight',
};
const QUEUE_CAPACITY: ObservableDefinition = {
  type: 'observableGauge',
  name: 'signalbox.queue.capacity',
  unit: '{signal}',
  description: 'Signals that can wait or be in flight at most',
};

/** The accounts of a box as metrics: they go to its destination of other telemetry. */
export function observeSelf(
  self: SelfKnowledge,
  watch: (definition: ObservableDefinition, observe: Observe) => void,
): void {
  watch(ITEMS, (result) => {
    for (const [destination, channel, counts] of self.counts()) {
      const common = { [DESTINATION]: destination, [CHANNEL]: CHANNELS[channel] };
      if (counts.delivered > 0) result.observe(counts.delivered, { ...common, [OUTCOME]: 'delivered' });
      if (counts.handedOver > 0) result.observe(counts.handedOver, { ...common, [OUTCOME]: 'handed_over' });
      if (counts.failed > 0) result.observe(counts.failed, { ...common, [OUTCOME]: 'failed' });
      for (const [reason, n] of Object.entries(counts.dropped)) {
        result.observe(n, { ...common, [OUTCOME]: 'dropped', [REASON]: reason });
      }
    }
    for (const [reason, n] of self.lost()) {
      if (n > 0) result.observe(n, { [OUTCOME]: 'dropped', [REASON]: reason });
    }
  });
  watch(QUEUE_SIZE, (result) => {
    for (const [destination, { size }] of self.queues()) result.observe(size, { [DESTINATION]: destination });
  });
  watch(QUEUE_CAPACITY, (result) => {
    // A queue that is bounded in bytes alone has no capacity in signals.
    for (const [destination, { capacity }] of self.queues())
      if (Number.isFinite(capacity)) result.observe(capacity, { [DESTINATION]: destination });
  });
}
