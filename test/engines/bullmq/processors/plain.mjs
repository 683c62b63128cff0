import { UnrecoverableError } from 'bullmq';

// A sandboxed processor that knows nothing of telemetry.
export default async function work(job) {
  if (job.name === 'crash') process.exit(7);
  if (job.name === 'fail') throw new TypeError('no');
  if (job.name === 'never') throw new UnrecoverableError('never');
  await new Promise((done) => setTimeout(done, 30));
  return { did: job.name };
}
