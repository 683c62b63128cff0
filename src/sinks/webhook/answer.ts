import { ownError } from '../../delivery/own-error.js';

/** The endpoint's answer. Nothing of its body is kept. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly date: string | undefined;
}

/** The outcome of a request. `again`: another try may succeed. `invalid`: the endpoint takes other content, but not this. */
export type Verdict =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'again' | 'invalid' | 'failed'; readonly error: Error };

/** The outcome of the emissions that were sent, by the answer. */
export function verdictOf({ status }: Answer): Verdict {
  if (status >= 200 && status < 300) return { outcome: 'delivered' };
  if (status === 408 || status === 429 || status >= 500)
    return { outcome: 'again', error: ownError(`the endpoint answered ${status}`) };
  if (status === 400 || status === 413 || status === 422)
    return { outcome: 'invalid', error: ownError(`the endpoint answered ${status}: it does not take this`) };
  if (status >= 300 && status < 400)
    return {
      outcome: 'failed',
      error: ownError(
        `the endpoint answered ${status}, a redirect, which is not followed: give the address that it leads to`,
      ),
    };
  return { outcome: 'failed', error: ownError(`the endpoint answered ${status}, and is not asked again`) };
}
