// Takes the pictures of docs/viewer.md: plays the example into the viewer and photographs its pages. Needs Chromium
// (CHROMIUM, else /usr/bin/chromium). Run with `npm run pictures`.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { startViewer } from '../examples/job-queue/viewer.js';

const FOLDER = 'docs/images';
const RUN = ['--jobs', '90', '--seed', '4', '--speed', '1.5', '--format', 'json'];

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Plays the example, and gives the trace that its summary shows: a job with retries. */
async function play(endpoint: string): Promise<string> {
  const args = ['--import', 'tsx', 'examples/job-queue/main.ts', ...RUN, '--otlp', endpoint];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const code = await new Promise((done) => child.once('exit', done));
  const trace = /trace ([0-9a-f]{32})/.exec(told)?.[1];
  if (code !== 0 || trace === undefined) throw new Error(`the example ended with ${code}:\n${told}`);
  return trace;
}

interface Shot {
  readonly url: string;
  /** Seen when the page is complete. */
  readonly ready: string;
  readonly name: string;
  readonly height: number;
}

async function photograph(page: Page, { url, ready, name, height }: Shot): Promise<void> {
  await page.setViewportSize({ width: 1280, height });
  await page.goto(url);
  await page.getByText(ready).first().waitFor();
  // The viewer says on each page that anyone on this machine may send to it: true, and beside the point here.
  await page.addStyleTag({ content: '.messagebar-container { display: none !important }' });
  const path = `${FOLDER}/${name}.png`;
  await page.screenshot({ path, animations: 'disabled' });
  say(`took ${path}`);
}

mkdirSync(FOLDER, { recursive: true });
const viewer = await startViewer(say);
const trace = await play(viewer.endpoint);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
});
const page = await browser.newPage({ colorScheme: 'light' });
await photograph(page, {
  url: `${viewer.address}/traces/detail/${trace}`,
  ready: 'process ',
  name: 'retried-job',
  height: 280,
});
await photograph(page, {
  url: `${viewer.address}/metrics/resource/job-queue?meter=signalbox&instrument=messaging.process.duration&view=Graph&duration=1`,
  ready: 'Run time of a settled attempt',
  name: 'metrics',
  height: 860,
});
await browser.close();
process.exit(0);
