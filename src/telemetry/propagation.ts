/** What jobs carry where the app has no propagator: W3C trace context of our own writing, or nothing. */
export type Propagation = 'w3c' | 'app';

/** What follows from it where the app has no propagator, in a sentence. */
export function missingPropagator(propagation: Propagation): string {
  return propagation === 'w3c'
    ? 'no propagator is registered: jobs carry a W3C traceparent that signalbox writes itself, and no baggage'
    : 'no propagator is registered: jobs carry no context, and attempts in other processes are traces of their own';
}
