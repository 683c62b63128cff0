import type { Case } from './case.js';

/** What each handler says by the box that is bound to its job, where jobs have a tenant. */
export const SAID = 'said by the handler';

/** What the baggage says that a job and its child were asked for with is told with everything that is told of them, and is no label. */
export function compareTenant({
  wanted: { tenant, inside },
  traits,
  ledger,
  spans,
  logs,
  recordings,
  claim,
}: Case): void {
  const ofJobs = [...spans, ...logs].filter(({ attributes }) =>
    ledger.jobs.has(String(attributes['job.id'])),
  );
  claim(tenant === undefined || ofJobs.length > 0, () => 'nothing is told of the jobs that have a tenant');
  // Where nothing carries a context, baggage ends with the enqueue that had it.
  const isAsked = ({ attributes }: (typeof ofJobs)[number], name: string | undefined): boolean =>
    attributes['job.id'] === inside?.outer && (name === 'job.queued' || name?.startsWith('enqueue') === true);
  for (const told of ofJobs) {
    const name = 'name' in told ? `the span ${told.name}` : told.eventName;
    const found = told.attributes['tenant.id'];
    const isTold = traits.carries !== false || isAsked(told, 'name' in told ? told.name : told.eventName);
    const wanted = isTold ? tenant : undefined;
    claim(
      found === wanted,
      () => `${name} of ${told.attributes['job.id']} has tenant.id=${found}, not ${wanted}`,
    );
  }
  const said = logs.filter(({ body }) => body === SAID).map(({ attributes }) => attributes['job.id']);
  const ran = [...ledger.jobs.keys()].flatMap((id) => ledger.attempts(id).map(() => id));
  claim(
    tenant === undefined || said.sort().join() === ran.sort().join(),
    () => `handlers of ${ran.join()} said something, and it is told of ${said.join()}`,
  );
  for (const { metric, attributes } of recordings.flatMap(({ received }) => received.series))
    claim(attributes['tenant.id'] === undefined, () => `${metric} has the label tenant.id`);
}
