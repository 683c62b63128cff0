import { ownError } from '../../delivery/own-error.js';
import type { Emission } from '../../emission/emission.js';
import { cut } from '../../emission/text.js';
import { shownFields } from './shown-fields.js';

/** A message of Slack's incoming webhooks. */
export interface SlackMessage {
  /** The text that notifications show. */
  readonly text: string;
  readonly blocks: readonly {
    readonly type: 'section';
    readonly text: { readonly type: 'plain_text'; readonly text: string; readonly emoji: false };
  }[];
}

/** Maximum number of blocks in a message, and of characters in the text of a block. */
const BLOCKS = 50;
const TEXT_LENGTH = 3_000;

/**
 * Emissions as a message of Slack's incoming webhooks: a block for each with its signal, severity, message and fields. The text is
 * plain, so that nothing in it is markup or calls people. Sensitive fields are `[redacted]` as in any sink.
 *
 * @param emissions One emission, or up to 50. {@link webhook} sends a larger batch in parts.
 * @returns The JSON that Slack takes.
 * @throws {Error} If there are more than 50.
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
      `slackMessage: ${all.length} emissions are given, and a message has at most ${BLOCKS} blocks. Give fewer.`,
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

// Slack's markup consists of these three characters: <!channel> would call everybody.
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
