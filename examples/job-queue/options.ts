import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Relation } from 'signalbox/jobs';
import type { EngineName } from './engines/engine.js';
import { ENGINES } from './engines/engine.js';
import { FLAGS } from './flags.js';
import type { FailureRates } from './plan.js';
import { FAILURE_RATES, isJobType, JOB_TYPES } from './plan.js';

/** What the flags say. Times are in milliseconds. */
export interface Options {
  readonly help: boolean;
  readonly jobs: number;
  readonly seed: number;
  readonly engine: EngineName;
  /** The workers are in a process of their own. */
  readonly apart: boolean;
  readonly workers: number;
  readonly capacity: number;
  readonly speed: number;
  readonly timeoutMillis: number | undefined;
  readonly failureRates: FailureRates;
  readonly hang: number;
  readonly forever: boolean;
  readonly relation: Extract<Relation, string>;
  readonly otlp: string | undefined;
  /** A second endpoint, and the pattern of the signals that go there. */
  readonly second: { readonly endpoint: string; readonly pattern: string } | undefined;
  readonly view: boolean;
  readonly format: 'pretty' | 'json';
  readonly audit: string;
  readonly ledger: string | undefined;
  readonly stats: string | undefined;
  /** Every line is shown on a terminal too. */
  readonly verbose: boolean;
}

/** A flag or value that makes no sense. Its message is for the person at the terminal. */
export class UsageError extends Error {}

const HANG_TIMEOUT_MILLIS = 1000;

/**
 * Reads the command line.
 *
 * @throws {UsageError} For an unknown flag or a value that a flag can not take.
 */
export function parseOptions(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Options {
  const given = parse(args);
  const hang = rate('--hang', given.hang ?? '0');
  const timeout = given.timeout === undefined ? undefined : positive('--timeout', given.timeout);
  const engine = oneOf('--engine', given.engine ?? 'memory', ENGINES);
  if (engine !== 'memory' && (hang > 0 || timeout !== undefined))
    throw new UsageError(`--hang and --timeout are for --engine memory: ${engine} would not end an attempt.`);
  const apart = given.apart ?? false;
  if (apart && engine === 'memory')
    throw new UsageError(
      '--apart needs another engine, as in --engine bullmq: the queue of --engine memory lives in the memory of one process.',
    );
  return {
    help: given.help ?? false,
    jobs: whole('--jobs', given.jobs ?? '36', 0),
    seed: whole('--seed', given.seed ?? '1', 0),
    engine,
    apart,
    workers: whole('--workers', given.workers ?? '3', 0),
    capacity: whole('--capacity', given.capacity ?? '10', 1),
    speed: positive('--speed', given.speed ?? '1'),
    // A hanging attempt ends by its time limit alone.
    timeoutMillis: timeout ?? (hang > 0 ? HANG_TIMEOUT_MILLIS : undefined),
    failureRates: failureRates(given.fail ?? []),
    hang,
    forever: given.forever ?? false,
    relation: oneOf('--relation', given.relation ?? 'parent', ['parent', 'link', 'none']),
    otlp: endpoint(given.otlp, env),
    second: second(given.otlp2, given.route2),
    view: given.view ?? false,
    format: oneOf('--format', given.format ?? 'pretty', ['pretty', 'json']),
    audit:
      file('--audit', given.audit) ?? join(tmpdir(), `job-queue-audit-${Date.now()}-${process.pid}.jsonl`),
    ledger: file('--ledger', given.ledger),
    stats: file('--stats', given.stats),
    verbose: given.verbose ?? false,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(sentence(error));
  }
}

function sentence(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const name = /'([^' ]*)[^']*'/.exec(message)?.[1] ?? '';
  switch (code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
      return `There is no flag ${name}.`;
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL':
      return `'${name}' is no flag, and there are no other arguments.`;
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE':
      return message.includes('does not take')
        ? `${name} takes no value.`
        : `${name} needs a value behind it.`;
    default:
      throw error;
  }
}

function whole(flag: string, text: string, least: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`${flag} takes a whole number of at least ${least}, not '${text}'.`);
}

function positive(flag: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`${flag} takes a number above 0, not '${text}'.`);
}

function rate(flag: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 0 && value <= 1) return value;
  throw new UsageError(`${flag} takes a rate from 0 to 1, not '${text}'.`);
}

function oneOf<const T extends string>(flag: string, text: string, known: readonly T[]): T {
  const found = known.find((each) => each === text);
  if (found !== undefined) return found;
  throw new UsageError(`${flag} takes ${list(known)}, not '${text}'.`);
}

function failureRates(given: readonly string[]): FailureRates {
  const rates = { ...FAILURE_RATES };
  for (const text of given) {
    const [type = '', value, ...rest] = text.split('=');
    if (value === undefined || rest.length > 0) {
      throw new UsageError(`--fail takes TYPE=RATE, as in email=0.9, not '${text}'.`);
    }
    if (!isJobType(type)) throw new UsageError(`--fail takes a type of ${list(JOB_TYPES)}, not '${type}'.`);
    rates[type] = rate(`--fail ${type}=`, value);
  }
  return rates;
}

function second(url: string | undefined, pattern: string | undefined): Options['second'] {
  if (url !== undefined) return { endpoint: httpUrl('--otlp2', url), pattern: pattern ?? '*' };
  if (pattern !== undefined)
    throw new UsageError(`--route2 '${pattern}' needs --otlp2 URL: where these signals go.`);
  return undefined;
}

function endpoint(given: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  // As the specification says of variables: one that is empty is one that is not set.
  const [source, url] =
    given === undefined
      ? ['OTEL_EXPORTER_OTLP_ENDPOINT', env.OTEL_EXPORTER_OTLP_ENDPOINT?.trim() || undefined]
      : ['--otlp', given];
  return url === undefined ? undefined : httpUrl(source ?? '', url);
}

function httpUrl(source: string, url: string): string {
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    throw new UsageError(`${source} takes an http or https URL, as in http://localhost:4318, not '${url}'.`);
  }
  return url.replace(/\/+$/, '');
}

/** A mistake in a path is better told before the run than after it. */
function file(flag: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`${flag} takes a file, and '${path}' is a folder.`);
  }
  if (path !== '' && statSync(dirname(resolve(path)), { throwIfNoEntry: false })?.isDirectory()) return path;
  throw new UsageError(`${flag} takes a file in a folder that exists, not '${path}'.`);
}

function list(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
