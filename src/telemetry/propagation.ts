/** What jobs carry if the app has no propagator: W3C trace context that we write ourselves, or nothing. */
export type Propagation = 'w3c' | 'app';
