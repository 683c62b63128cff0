import type { FlowJob, FlowProducer, JobJson, JobNode } from 'bullmq';
import { chained } from '../common/chained.js';
import { facade } from '../common/facade.js';
import type { Adapter, JobOptions } from './adapter.js';
import type { Adding } from './adding.js';
import { beginAdding, refuse, settleAdding } from './adding.js';

type FlowOptions = Parameters<FlowProducer['add']>[1];

/** A node of a flow and the nodes beneath it, on their way into their queues. */
interface AddingNode {
  readonly adding: Adding | undefined;
  readonly node: FlowJob;
  readonly children: readonly AddingNode[];
}

/** A flow producer each of whose nodes is told as a job of its queue. One call stays one: all nodes come, or none. */
export function observeFlowProducer<F extends FlowProducer>(adapter: Adapter, flows: F): F {
  const engineSpans = flows.opts.telemetry !== undefined;

  function begin(node: FlowJob, options: FlowOptions): AddingNode {
    const children = node.children ?? [];
    const adding = beginAdding(adapter, node.queueName, {
      name: node.name,
      opts: node.opts as JobOptions | undefined,
      defaults: options?.queuesOptions?.[node.queueName]?.defaultJobOptions ?? {},
      engineSpans,
      waitsForChildren: children.length > 0,
    });
    return { adding, node, children: children.map((child) => begin(child as FlowJob, options)) };
  }

  async function settle({ adding, node, children }: AddingNode, added: JobNode): Promise<void> {
    const read = (id: string): Promise<JobJson | undefined> =>
      flows
        .getBackend()
        .forQueue(node.queueName, node.prefix ?? flows.opts.prefix)
        .getJobData(id);
    if (adding) await settleAdding(adapter, adding, added.job, read);
    await Promise.all(
      children.map((child, i) => {
        const below = added.children?.[i];
        return below && settle(child, below);
      }),
    );
  }

  async function all<T>(
    nodes: readonly AddingNode[],
    call: (given: FlowJob[]) => Promise<T>,
    addedOf: (result: T) => readonly JobNode[],
  ): Promise<T> {
    let result: T;
    try {
      result = await call(nodes.map(givenOf));
    } catch (error) {
      for (const node of nodes) each(node, (adding) => refuse(adapter, adding, error));
      throw error;
    }
    const added = addedOf(result);
    await Promise.all(
      nodes.map((node, i) => {
        const one = added[i];
        // A producer that is closing adds nothing, and says so by returning nothing.
        if (one) return settle(node, one);
        each(node, ({ enqueue }) => enqueue.rejected('closed'));
        return undefined;
      }),
    );
    return result;
  }

  const seen: F = facade<F>(flows, {
    add: async (flow: FlowJob, options?: FlowOptions) =>
      all(
        [begin(flow, options)],
        ([given]) => flows.add(given as FlowJob, options),
        (result) => (result ? [result] : []),
      ),
    addBulk: async (given: FlowJob[]) =>
      all(
        given.map((flow) => begin(flow, undefined)),
        (nodes) => flows.addBulk(nodes),
        (result) => result ?? [],
      ),
    ...chained(flows, () => seen),
  } as unknown as Partial<F>);
  return seen;
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
