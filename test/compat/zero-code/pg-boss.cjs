const { PGlite } = require('@electric-sql/pglite');
const api = require('@opentelemetry/api');
const pgBoss = require('pg-boss');
const { run, workOnPgBoss } = require('./work.cjs');

run(() => workOnPgBoss(pgBoss, PGlite, api));
