import { SignalboxError, shown } from '../../signal/signalbox-error.js';

/** The address. Throws a {@link SignalboxError} that does not show it: addresses of webhooks are secrets. */
export function checkedUrl(url: unknown): URL {
  const given = url instanceof URL ? url.href : url;
  if (typeof given !== 'string' || given === '')
    throw new SignalboxError(
      `webhook: \`url\` is ${shown(given)}. Give an address, as in 'https://example.com/hook'.`,
    );
  const parsed = URL.canParse(given) ? new URL(given) : undefined;
  if (parsed?.protocol === 'https:' || parsed?.protocol === 'http:') return parsed;
  throw new SignalboxError(
    "webhook: `url` is no address that begins with https:// or http:// (it is not shown, for it may be a secret). Give one, as in 'https://example.com/hook'.",
  );
}
