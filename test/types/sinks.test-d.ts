import type { Emission } from 'signalbox';
import type { BatchFunction } from 'signalbox/sinks';
import {
  batched,
  circuitBreaker,
  fallback,
  pagerDutyEvent,
  retrying,
  sampled,
  slackMessage,
  timed,
  webhook,
} from 'signalbox/sinks';
import { expectTypeOf, test } from 'vitest';

const url = 'https://example.com/hook';
const batch = { size: 10, ageMillis: 100 };

test('webhook() - its format takes an emission, and with batches a list', () => {
  webhook({ url, format: (emission) => expectTypeOf(emission).toEqualTypeOf<Emission>() });
  webhook({
    url,
    batch,
    format: (emissions) => expectTypeOf(emissions).toEqualTypeOf<readonly Emission[]>(),
  });
  webhook({ url, format: slackMessage });
  webhook({ url, batch, format: slackMessage });
  webhook({ url, format: (emission) => pagerDutyEvent(emission, { routingKey: 'key' }) });
  // @ts-expect-error An event is of one emission: a batch of them would lose all but that.
  webhook({ url, batch, format: (emissions) => pagerDutyEvent(emissions, { routingKey: 'key' }) });
  webhook({ url, batch, format: 'lines' });
  // @ts-expect-error One emission is an object.
  webhook({ url, format: 'lines' });
});

test('batched() - takes functions of batches, through the modifiers that do not look at them', () => {
  const store: BatchFunction = async (emissions) => emissions.map(() => undefined);
  batched(timed(retrying(circuitBreaker(fallback(store, store)), { attempts: 2 }), 100), batch);
  batched(
    (emissions) => expectTypeOf(emissions).toEqualTypeOf<readonly Emission[]>() as unknown as undefined,
    batch,
  );
  batched(() => [undefined, { dropped: 'late' }, { failed: new Error('bad') }], batch);
  // @ts-expect-error A sink takes one emission.
  batched(({ message }: Emission) => console.log(message), batch);
  // @ts-expect-error Sampling looks at single emissions.
  sampled(store, { ratio: 1 });
  retrying((emission) => expectTypeOf(emission).toEqualTypeOf<Emission>() as unknown as undefined, {
    attempts: 1,
  });
});

test('sampled() - takes a share or a rate', () => {
  sampled(() => {}, { ratio: 0.1, by: ({ fields }) => fields.customer });
  sampled(() => {}, { perSecond: 1 });
  // @ts-expect-error Not both.
  sampled(() => {}, { ratio: 0.1, perSecond: 1 });
  // @ts-expect-error One of them.
  sampled(() => {}, {});
});
