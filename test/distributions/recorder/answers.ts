import type { TakenRequest } from './request.js';

/** What a backend says to a request. */
export interface Answer {
  readonly status?: number;
  readonly type: string;
  readonly body: string;
}

const JSON_TYPE = 'application/json';

/** As the backends answer whose word the distributions need to go on; all else is taken without one. */
export function answerTo(request: TakenRequest): Answer {
  const { method, url, headers } = request;
  if (url.includes('/v1/') && headers['content-type']?.includes('protobuf'))
    return { type: 'application/x-protobuf', body: '' };
  if (method === 'GET' && url === '/info') return { type: JSON_TYPE, body: JSON.stringify(DATADOG_AGENT) };
  if (url.startsWith('/v0.')) return { type: JSON_TYPE, body: '{"rate_by_service":{"service:,env:":1}}' };
  const called = new URL(url, 'http://recorder').searchParams.get('method');
  if (called === 'preconnect') return returned({});
  if (called === 'connect') return returned({ agent_run_id: '1', account_id: '1', trusted_account_key: '1' });
  if (called !== null) return returned(null);
  return { type: JSON_TYPE, body: '{}' };
}

const DATADOG_AGENT = { version: '7.70.0', endpoints: ['/v0.4/traces'], client_drop_p0s: false };

/** New Relic's collector calls each answer a returned value. */
function returned(value: object | null): Answer {
  return { type: JSON_TYPE, body: JSON.stringify({ return_value: value }) };
}
