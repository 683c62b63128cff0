import { ownError } from '../../delivery/own-error.js';
import type { Emission } from '../../emission/emission.js';
import { cut } from '../../emission/text.js';
import { shownFields } from './shown-fields.js';

/** A message of Slack's incoming webhooks. */
export interface SlackMessage {
  /** What notifications show. */
  readonly text: string;
  readonly blocks: readonly {
    readonly type: 'section';
    readonly text: { readonly type: 'plain_text'; readonly text: string; readonly emoji: false };
  }[];
}

/** A message has so many blocks at most, and a block a text of so many characters. */
const BLOCKS = 50;
const TEXT_LENGTH = 3_000;

/**
 * Emissions as a message of Slack's incoming webhooks: a block for each with its signal, severity, message and fields, as plain text, so that
 * nothing in them is markup or calls people. Sensitive fields are `[redacted]` as in any sink.
 *
 * @param emissions One, or up to 50. {@link webhook} sends a batch that is larger in parts.
 * @returns What Slack takes as JSON.
 * @throws {Error} When there are more than 50.
 * @see https://api.slack.com/messaging/webhooks
 *
 * @example
 * ```ts
 * import { slackMessage, webhook } from 'signalbox/sinks';
 *
 * const slack = webhook({
 *   url: process.env.SLACK_WEBHOOK_URL ?? 'https://hooks.slack.com/services/…',
 *   // Slack takes about one message a second.
 *   batch: { size: 50, ageMillis: 2_000 },
 *   format: slackMessage,
 * });
 * ```
 */
export function slackMessage(emissions: Emission | readonly Emission[]): SlackMessage {
  const all: readonly Emission[] = 'signal' in emissions ? [emissions] : emissions;
  if (all.length > BLOCKS)
    throw ownError(
      `slackMessage: a message has ${BLOCKS} blocks at most, and these are ${all.length} emissions`,
    );
  const titles = all.map(({ signal, message }) => `${signal}: ${message}`);
  return {
    text: escaped(
      cut(all.length === 1 ? titles.join() : `${all.length} signals\n${titles.join('\n')}`, TEXT_LENGTH),
    ),
    blocks: all.map((emission) => ({
      type: 'section',
      text: { type: 'plain_text', text: cut(textOf(emission), TEXT_LENGTH), emoji: false },
    })),
  };
}

function textOf(emission: Emission): string {
  const { signal, severity, message, timestamp, traceId } = emission;
  const lines = [`${signal} (${severity}) ${new Date(timestamp).toISOString()}`, message];
  for (const [name, value] of Object.entries(shownFields(emission))) lines.push(`${name}: ${String(value)}`);
  if (traceId !== undefined) lines.push(`trace_id: ${traceId}`);
  return lines.join('\n');
}

// The three characters that Slack's markup is made of: <!channel> would call everybody.
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
