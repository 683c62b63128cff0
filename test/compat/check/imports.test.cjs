const { ok, strictEqual } = require('node:assert/strict');
const { test } = require('node:test');
const { createSignalbox, defineSignal } = require('signalbox');
const { createJobs, JOB_COMPLETED } = require('signalbox/jobs');
const { consoleSink, sink } = require('signalbox/sinks');

test('imports - a CommonJS module gets the core, jobs and sinks by name', () => {
  const box = createSignalbox({ destinations: { kept: sink(() => {}) } });
  createJobs(box).queue('mail').enqueue({ id: '1' }).accepted();
  box.emit(defineSignal('SHUTDOWN'));
  ok(box.stats().emitted === 2 && JOB_COMPLETED.event === 'job.completed');
  strictEqual(typeof consoleSink, 'function');
});

test('imports - import() in a CommonJS module gets the ES module', async () => {
  const core = await import('signalbox');
  strictEqual(typeof core.createSignalbox, 'function');
  ok(core.createSignalbox !== createSignalbox);
});
