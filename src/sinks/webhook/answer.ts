import { ownError } from '../../delivery/own-error.js';

/** What the endpoint said. Of its body nothing is kept. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly date: string | undefined;
}

/** What became of a request. `again`: another try may go better. `invalid`: the endpoint takes other content, but not this. */
export type Verdict =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'again' | 'invalid' | 'failed'; readonly error: Error };

/** What an answer says of the emissions that were sent. */
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
