// What the apps do: an order puts in a job, which fails at first and then succeeds. Not a line of it knows of signalbox.
const { setTimeout: pause } = require('node:timers/promises');

/** Runs an app to its end, and shuts its telemetry down. */
exports.run = async (work) => {
  await work();
  const problems = globalThis.box?.describe().problems;
  await globalThis.box?.shutdown();
  await globalThis.endTelemetry();
  process.stdout.write(JSON.stringify({ problems }));
};

/** @param put Puts the job in. */
function order({ trace }, put) {
  return trace.getTracer('app').startActiveSpan('checkout', async (span) => {
    const stored = await put();
    span.end();
    return stored;
  });
}

function sendMail({ trace }, fails) {
  trace.getTracer('app').startSpan('send mail').end();
  if (fails) throw new Error('mailbox is full');
}

exports.workOnBullmq = async ({ Queue, Worker }, api) => {
  const connection = { url: process.env.REDIS };
  const name = process.env.QUEUE;
  const queue = new Queue(name, { connection });
  await order(api, () => queue.add('receipt', { order: 'o-1' }, { attempts: 2 }));
  await new Promise((resolve, reject) => {
    const worker = new Worker(name, async (job) => sendMail(api, job.attemptsMade === 0), { connection });
    worker.on('completed', () => resolve(worker.close()));
    worker.on('error', reject);
  });
  await queue.close();
};

exports.workOnPgBoss = async ({ PgBoss, fromPglite }, PGlite, api) => {
  const pglite = await PGlite.create();
  const boss = new PgBoss({ db: fromPglite(pglite), backend: 'pglite', supervise: false, schedule: false });
  const failed = new Promise((_, reject) => boss.on('error', reject));
  await boss.start();
  await boss.createQueue('mail');
  const id = await order(api, () => boss.send('mail', { order: 'o-1' }, { retryLimit: 1, retryDelay: 0 }));
  await boss.work('mail', { pollingIntervalSeconds: 0.5, includeMetadata: true }, async ([job]) =>
    sendMail(api, job.retryCount === 0),
  );
  await Promise.race([failed, isCompleted(boss, id)]);
  await boss.stop({ graceful: true, timeout: 5_000 });
  await pglite.close();
};

async function isCompleted(boss, id) {
  for (let looks = 0; looks < 400; looks++) {
    const job = await boss.getJobById('mail', id);
    if (job.state === 'completed') return;
    await pause(25);
  }
  throw new Error('the job was not completed');
}
