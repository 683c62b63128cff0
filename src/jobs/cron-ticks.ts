import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { Ticks } from './interval-ticks.js';
import { optionalPackage } from './optional-package.js';

interface Options {
  readonly currentDate: Date;
  readonly tz?: string;
}
type Parse = (expression: string, options: Options) => { next(): { getTime(): number } };

/** Of cron-parser 5, and of 4, which BullMQ 5 brings. */
interface CronParser {
  readonly CronExpressionParser?: { parse(...args: Parameters<Parse>): ReturnType<Parse> };
  readonly parseExpression?: Parse;
}

/** How far the producer's clock may lag behind ours. */
const EARLY_MILLIS = 1000;

/**
 * The ticks of a cron expression: five fields, or six with seconds first. Read by cron-parser, which BullMQ and pg-boss go by too, so that it is
 * the same tick in the night in which the clocks change. Throws a SignalboxError where it can not be read.
 *
 * @param timeZone Of IANA. Default: the process's own.
 */
export function cronTicks(where: string, cron: unknown, timeZone?: unknown): Ticks {
  const expression = checkedCron(where, cron);
  const tz = checkedZone(where, timeZone);
  const parse = parserFor(where);
  const at = (moment: number): ReturnType<Parse> =>
    parse(expression, { currentDate: new Date(moment), ...(tz === undefined ? {} : { tz }) });
  try {
    at(Date.now());
  } catch (error) {
    throw new SignalboxError(
      `${where}: \`cron\` is ${shown(expression)}, which can not be read (${messageOf(error)}). Give a cron expression, as in '0 3 * * *'.`,
    );
  }
  return {
    after: (moment) => {
      try {
        return at(Math.ceil(moment)).next().getTime();
      } catch {
        // The expression has no further ticks.
        return undefined;
      }
    },
    earlyMillis: EARLY_MILLIS,
  };
}

// cron-parser takes a missing one for every minute, fills up what is short of fields, and puts a random number for an H.
function checkedCron(where: string, cron: unknown): string {
  const fields = typeof cron === 'string' ? cron.trim().split(/\s+/) : [];
  const isNamed = fields.length === 1 && /^@[a-z]+$/.test(fields[0] ?? '');
  const isWhole = fields.length === 5 || fields.length === 6;
  if (isNamed || (isWhole && !fields.some((field) => /^H/.test(field)))) return fields.join(' ');
  throw new SignalboxError(
    `${where}: \`cron\` is ${shown(cron)}. Give five fields, or six with seconds first, as in '0 3 * * *'; an H, which stands for a random number, can not be known.`,
  );
}

function checkedZone(where: string, timeZone: unknown): string | undefined {
  if (timeZone === undefined) return undefined;
  try {
    if (typeof timeZone !== 'string' || timeZone === '') throw new RangeError('it is no text');
    new Intl.DateTimeFormat('en', { timeZone });
    return timeZone;
  } catch {
    throw new SignalboxError(
      `${where}: \`timeZone\` is ${shown(timeZone)}. Give the name of a time zone, as in 'Europe/Berlin' or 'UTC', or leave it out.`,
    );
  }
}

function parserFor(where: string): Parse {
  const found = loaded(where);
  const { CronExpressionParser, parseExpression } = found;
  if (CronExpressionParser) return (expression, options) => CronExpressionParser.parse(expression, options);
  if (parseExpression) return (expression, options) => parseExpression(expression, options);
  throw new SignalboxError(
    `${where}: \`cron\` needs cron-parser 4 or 5, and another version is installed. Run \`npm install cron-parser@5\`, or give \`everyMillis\`.`,
  );
}

function loaded(where: string): CronParser {
  try {
    return optionalPackage('cron-parser') as CronParser;
  } catch (error) {
    throw new SignalboxError(
      `${where}: \`cron\` needs the package cron-parser, which can not be loaded (${messageOf(error)}). Run \`npm install cron-parser\`, or give \`everyMillis\`.`,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
