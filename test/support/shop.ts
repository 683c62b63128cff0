import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitUntil } from '../e2e/stack/wait.js';

/** The two processes of the drop-in, by their files and as their services are called. */
export const SHOP = 'shop';
export const MAIL_WORKER = 'mail-worker';

const PATIENCE_MILLIS = 60_000;

/** What the drop-in is played with. */
export interface ShopPlay {
  readonly redis: string;
  /** Where its telemetry goes: OTLP over HTTP, JSON. */
  readonly otlp: string;
  readonly orders: number;
  /** How many mails that takes: the mail of each third order is sent twice. */
  readonly sends: number;
}

interface Running {
  readonly told: () => string;
  /** By SIGTERM; rejects where it does not end well. */
  readonly end: () => Promise<void>;
  readonly kill: () => void;
}

/** How the two processes are started: what Node is given before the file's name, and where the files are. */
export interface ShopForm {
  readonly args: readonly string[];
  readonly folder: string;
  readonly extension: 'ts' | 'js';
}

/** A folder of the example, in ESM. */
function formOf(folder: 'before' | 'after'): ShopForm {
  const path = `./examples/drop-in/${folder}`;
  return {
    args: ['--import', 'tsx', '--import', `${path}/telemetry.ts`],
    folder: path,
    extension: 'ts',
  };
}

/** Plays one folder of the drop-in, or a form of it: takes orders, waits until each mail was sent, and ends both processes. */
export async function playShop(given: 'before' | 'after' | ShopForm, play: ShopPlay): Promise<void> {
  const form = typeof given === 'string' ? formOf(given) : given;
  const env = { PORT: '0', REDIS_URL: play.redis, OTEL_EXPORTER_OTLP_ENDPOINT: play.otlp };
  const shop = start(form, SHOP, env);
  const mailWorker = start(form, MAIL_WORKER, env);
  const port = (): string | undefined => /"port":(\d+)/.exec(shop.told())?.[1];
  const sends = (): number => mailWorker.told().match(/"sends a mail"/g)?.length ?? 0;
  try {
    await waitUntil(PATIENCE_MILLIS, 'the shop to open', async () => port() !== undefined);
    for (let order = 0; order < play.orders; order++) {
      const { status } = await fetch(`http://127.0.0.1:${port()}/orders`, { method: 'POST' });
      if (status !== 201) throw new Error(`the shop answers ${status}`);
    }
    await waitUntil(PATIENCE_MILLIS, `${play.sends} mails`, async () => sends() >= play.sends);
    await Promise.all([shop.end(), mailWorker.end()]);
  } finally {
    shop.kill();
    mailWorker.kill();
  }
}

function start(form: ShopForm, file: string, env: Readonly<Record<string, string>>): Running {
  const args = [...form.args, `${form.folder}/${file}.${form.extension}`];
  const all = {
    ...process.env,
    ...env,
    OTEL_SERVICE_NAME: file,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
  };
  const child = spawn(process.execPath, args, { env: all, stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  return {
    told: () => told,
    end: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code, signal] = (await ended) as [number | null, string | null];
      if (code !== 0) throw new Error(`${file} ended with ${code ?? signal}`);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
