import { connect } from 'node:net';

/** Where a collector listens by default. */
export const DEFAULT_ENDPOINT = 'http://localhost:4318';

const PROBE_MILLIS = 1000;

/** Where telemetry goes: the endpoint that was asked for, else a collector on this machine if one answers. */
export async function findEndpoint(
  asked: string | undefined,
): Promise<{ readonly url: string | undefined; readonly where: string }> {
  const url = asked ?? DEFAULT_ENDPOINT;
  if (await isListening(url)) return { url, where: `telemetry goes to ${url} (OTLP/HTTP)` };
  if (asked !== undefined)
    return { url, where: `telemetry goes to ${url} (OTLP/HTTP), where nothing answers` };
  return {
    url: undefined,
    where: `telemetry stays here, for nothing answers at ${url} (see --otlp and --view)`,
  };
}

/** Whether something takes connections there. One look, so that a dead endpoint costs one line and no stack traces. */
function isListening(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
      timeout: PROBE_MILLIS,
    });
    const settle = (answers: boolean): void => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', () => settle(true));
    socket.once('timeout', () => settle(false));
    socket.once('error', () => settle(false));
  });
}
