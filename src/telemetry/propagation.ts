/** What jobs carry where the app has no propagator: W3C trace context of our own writing, or nothing. */
export type Propagation = 'w3c' | 'app';
