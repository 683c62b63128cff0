import { describe, expect, test } from 'vitest';
import * as field from '../../../src/signal/field.js';
import { defineSignal } from '../../../src/signal/signal.js';
import { slackMessage } from '../../../src/sinks/webhook/slack-message.js';
import { emissionOf, numbered, TICKED } from '../../delivery/helpers.js';

const REPORT_SENT = defineSignal('REPORT_SENT', {
  severity: 'warn',
  message: 'Report sent late',
  fields: { to: field.id({ sensitive: true }), took: field.duration(), tags: field.list() },
});

describe('slackMessage()', () => {
  test('slackMessage() - is one block of plain text for an emission, and a text for notifications', () => {
    const emission = emissionOf(
      REPORT_SENT,
      { to: '[redacted]', took: 1_240, tags: ['a', 'b'] },
      { traceId: '0af7651916cd43dd8448eb211c80319c' },
    );
    expect(slackMessage(emission)).toEqual({
      text: 'REPORT_SENT: Report sent late',
      blocks: [
        {
          type: 'section',
          text: {
            type: 'plain_text',
            emoji: false,
            text: 'REPORT_SENT (warn) 2023-10-20T14:30:15.250Z\nReport sent late\nto: [redacted]\ntook: 1.24s\ntags: a,b\ntrace_id: 0af7651916cd43dd8448eb211c80319c',
          },
        },
      ],
    });
  });

  test('slackMessage() - has a block for each of many, and their titles as its text', () => {
    const { text, blocks } = slackMessage(numbered(3));
    expect(text).toBe('3 signals\nCLOCK_TICKED: 0\nCLOCK_TICKED: 1\nCLOCK_TICKED: 2');
    expect(blocks).toHaveLength(3);
  });

  test('slackMessage() - calls nobody, whatever a message says', () => {
    const { text } = slackMessage(emissionOf(TICKED, {}, { message: '<!channel> a & b' }));
    expect(text).toBe('CLOCK_TICKED: &lt;!channel&gt; a &amp; b');
  });

  test('slackMessage() - keeps to what Slack takes: 3,000 characters a block, 50 blocks', () => {
    const long = slackMessage(emissionOf(TICKED, {}, { message: '😀'.repeat(4_000) }));
    expect(long.text.length).toBeLessThanOrEqual(3_000);
    expect(long.blocks[0]?.text.text.length).toBeLessThanOrEqual(3_000);
    expect(JSON.stringify(long)).not.toMatch(/\\ud83d"/);
    expect(slackMessage(numbered(50)).blocks).toHaveLength(50);
    expect(() => slackMessage(numbered(51))).toThrow(
      '51 emissions are given, and a message has at most 50 blocks. Give fewer.',
    );
  });
});
