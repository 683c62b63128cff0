import type { FlowJob, FlowProducer, IQueueBackend, JobNode } from 'bullmq';
import type { Observation } from '../common/observed-object.js';
import type { BullMQAdapter, JobOptions } from './adapter.js';
import { hear } from './after-call.js';
import { backendOf } from './backend-by-release.js';
import type { Adding } from './begin-enqueue.js';
import { beginAdding, over, refuse } from './begin-enqueue.js';
import type { AddedJob } from './end-enqueue.js';
import { emitAdded } from './end-enqueue.js';
import type { Handed } from './handed-out-jobs.js';
import { adopting, handsOut } from './handed-out-jobs.js';
import { placeOn, siblings } from './queue-place.js';

type FlowOptions = Parameters<FlowProducer['add']>[1];

/** A node of a flow and the nodes beneath it, while BullMQ adds them to their queues. */
interface AddingNode {
  readonly adding: Adding | undefined;
  /** The options that BullMQ gets. Undefined: it gets the app's own. */
  readonly opts: Adding['opts'] | undefined;
  readonly there: IQueueBackend;
  readonly node: FlowJob;
  readonly children: readonly AddingNode[];
}

/** How a method gives flows to BullMQ and reads its answer. */
interface Calls<T> {
  asGiven(): unknown;
  call(given: FlowJob[]): unknown;
  nodesOf(result: T): readonly JobNode[];
}

/** Observes a flow producer: each node is a job of its queue. One call of the app stays one call, because BullMQ then adds all nodes or none. */
export function flowObservation(adapter: BullMQAdapter): Observation<FlowProducer> {
  /** Adds each enqueue to `begun` at once, so that the caller can end it if a later node throws. */
  function begin(
    flows: FlowProducer,
    roots: readonly FlowJob[],
    options: FlowOptions,
    begun: Adding[],
  ): AddingNode[] {
    const siblingOf = siblings(backendOf(flows));
    const engineSpans = flows.opts.telemetry !== undefined;
    const beginNode = (node: FlowJob): AddingNode => {
      const children = node.children ?? [];
      const there = siblingOf(node.queueName, node.prefix || flows.opts.prefix);
      const adding = beginAdding(adapter, () => ({
        place: placeOn(there, node.queueName),
        name: node.name,
        opts: node.opts as JobOptions | undefined,
        defaults: options?.queuesOptions?.[node.queueName]?.defaultJobOptions ?? {},
        engineSpans,
        waitsForChildren: children.length > 0,
      }));
      if (adding) begun.push(adding);
      return {
        adding,
        // BullMQ stores the context of its own span only in options that exist. Options of ours would change that.
        opts: engineSpans && !node.opts ? undefined : adding?.opts,
        there,
        node,
        children: children.map((child) => beginNode(child as FlowJob)),
      };
    };
    return roots.map(beginNode);
  }

  function addedOf({ adding, there, children }: AddingNode, node: JobNode | undefined): AddedJob[] {
    const own = adding && { adding, given: node?.job, read: (id: string) => there.getJobData(id) };
    const below = children.flatMap((child, i) => addedOf(child, node?.children?.[i]));
    return own ? [own, ...below] : below;
  }

  function leave(adding: Adding): void {
    over(adding);
    adding.enqueue.untold();
  }

  /** A flow producer that is closing adds nothing and returns undefined. */
  function closed(adding: Adding): void {
    over(adding);
    adding.enqueue.rejected('closed');
  }

  function all<T>(
    flows: FlowProducer,
    roots: readonly FlowJob[],
    options: FlowOptions,
    { asGiven, call, nodesOf }: Calls<T>,
  ): unknown {
    const begun: Adding[] = [];
    const nodes = adapter.core.enabled()
      ? adapter.quietly('a flow that is added', () => begin(flows, roots, options, begun))
      : undefined;
    if (begun.length === 0) return asGiven();
    return hear<T | undefined>(adapter, () => (nodes ? call(nodes.map(givenOf)) : asGiven()), {
      what: 'what became of the jobs of a flow',
      fulfilled: (result) => {
        adopting(adapter, flows, result as Handed);
        // `begin` threw, so the jobs carry no note of ours, and nothing tells them from other jobs with the same id.
        if (!nodes) return begun.forEach(leave);
        if (result === undefined) return begun.forEach(closed);
        const added: readonly (JobNode | undefined)[] | null = nodesOf(result);
        return emitAdded(
          adapter,
          nodes.flatMap((node, i) => addedOf(node, added?.[i])),
        );
      },
      rejected: (error) => {
        for (const adding of begun) refuse(adapter, adding, error);
      },
    });
  }

  return {
    add: (call, args, self) => {
      const [flow, options, ...more] = args as [FlowJob, FlowOptions, ...unknown[]];
      const rest = args.length > 1 ? [options, ...more] : [];
      return all<JobNode>(self as FlowProducer, [flow], options, {
        asGiven: () => call(...args),
        call: ([given]) => call(given, ...rest),
        nodesOf: (result) => [result],
      });
    },
    addBulk: (call, args, self) => {
      const [flows, ...more] = args as [readonly FlowJob[], ...unknown[]];
      return all<JobNode[]>(self as FlowProducer, flows, undefined, {
        asGiven: () => call(...args),
        call: (given) => call(given, ...more),
        nodesOf: (result) => result,
      });
    },
    getFlow: handsOut(adapter),
  };
}

/** Copies the node, because the app's own must stay unchanged. */
function givenOf({ opts, node, children }: AddingNode): FlowJob {
  return {
    ...node,
    ...(opts === undefined ? {} : { opts }),
    ...(node.children === undefined ? {} : { children: children.map(givenOf) }),
  } as FlowJob;
}
