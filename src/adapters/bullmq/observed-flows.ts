import type { FlowJob, FlowProducer, IQueueBackend, JobNode } from 'bullmq';
import type { Observation } from '../common/in-place.js';
import type { Adapter, JobOptions } from './adapter.js';
import type { Added } from './added.js';
import { tellAdded } from './added.js';
import type { Adding } from './adding.js';
import { beginAdding, over, refuse } from './adding.js';
import { hear } from './hear.js';
import { placeOn } from './store.js';

type FlowOptions = Parameters<FlowProducer['add']>[1];

/** A node of a flow and the nodes beneath it, on their way into their queues. */
interface AddingNode {
  readonly adding: Adding | undefined;
  readonly there: IQueueBackend;
  readonly node: FlowJob;
  readonly children: readonly AddingNode[];
}

/** What is told of a flow producer: each node as a job of its queue. One call stays one: all nodes come, or none. */
export function flowObservation(adapter: Adapter): Observation<FlowProducer> {
  function begin(flows: FlowProducer, node: FlowJob, options: FlowOptions): AddingNode {
    const children = node.children ?? [];
    const there = flows.getBackend().forQueue(node.queueName, node.prefix || flows.opts.prefix);
    const adding = beginAdding(adapter, placeOn(there, node.queueName), {
      name: node.name,
      opts: node.opts as JobOptions | undefined,
      defaults: options?.queuesOptions?.[node.queueName]?.defaultJobOptions ?? {},
      engineSpans: flows.opts.telemetry !== undefined,
      waitsForChildren: children.length > 0,
    });
    return {
      adding,
      there,
      node,
      children: children.map((child) => begin(flows, child as FlowJob, options)),
    };
  }

  function addedOf({ adding, there, children }: AddingNode, node: JobNode | undefined): Added[] {
    const own = adding && { adding, given: node?.job, read: (id: string) => there.getJobData(id) };
    const below = children.flatMap((child, i) => addedOf(child, node?.children?.[i]));
    return own ? [own, ...below] : below;
  }

  /** A producer that is closing adds nothing, and says so by giving nothing. */
  function closed(node: AddingNode): void {
    each(node, (adding) => {
      over(adding);
      adding.enqueue.rejected('closed');
    });
  }

  function all<T>(
    nodes: readonly AddingNode[],
    call: (given: FlowJob[]) => unknown,
    nodesOf: (result: T) => readonly JobNode[],
  ): unknown {
    return hear<T | undefined>(adapter, () => call(nodes.map(givenOf)), {
      what: 'what became of the jobs of a flow',
      fulfilled: (result) => {
        if (result === undefined) return nodes.forEach(closed);
        const added = nodesOf(result);
        return tellAdded(
          adapter,
          nodes.flatMap((node, i) => addedOf(node, added[i])),
        );
      },
      rejected: (error) => {
        for (const node of nodes) each(node, (adding) => refuse(adapter, adding, error));
      },
    });
  }

  return {
    add: (call, args, self) => {
      const [flow, options, ...more] = args as [FlowJob, FlowOptions, ...unknown[]];
      const node = adapter.quietly('a flow that is added', () => begin(self as FlowProducer, flow, options));
      if (!node) return call(...args);
      const rest = args.length > 1 ? [options, ...more] : [];
      return all<JobNode>(
        [node],
        ([given]) => call(given, ...rest),
        (result) => [result],
      );
    },
    addBulk: (call, args, self) => {
      const [flows, ...more] = args as [readonly FlowJob[], ...unknown[]];
      const nodes = adapter.quietly('flows that are added', () =>
        flows.map((flow) => begin(self as FlowProducer, flow, undefined)),
      );
      if (!nodes) return call(...args);
      return all<JobNode[]>(
        nodes,
        (given) => call(given, ...more),
        (result) => result,
      );
    },
  };
}

function each({ adding, children }: AddingNode, tell: (adding: Adding) => void): void {
  if (adding) tell(adding);
  for (const child of children) each(child, tell);
}

/** The node as BullMQ gets it: the app's own is left as it is. */
function givenOf({ adding, node, children }: AddingNode): FlowJob {
  return {
    ...node,
    ...(adding?.opts === undefined ? {} : { opts: adding.opts }),
    ...(node.children === undefined ? {} : { children: children.map(givenOf) }),
  } as FlowJob;
}
