const api = require('@opentelemetry/api');
const bullmq = require('bullmq');
const { run, workOnBullmq } = require('./work.cjs');

run(() => workOnBullmq(bullmq, api));
