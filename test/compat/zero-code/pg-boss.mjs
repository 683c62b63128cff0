import { PGlite } from '@electric-sql/pglite';
import * as api from '@opentelemetry/api';
import * as pgBoss from 'pg-boss';
import { run, workOnPgBoss } from './work.cjs';

run(() => workOnPgBoss(pgBoss, PGlite, api));
