import * as api from '@opentelemetry/api';
import * as bullmq from 'bullmq';
import { run, workOnBullmq } from './work.cjs';

run(() => workOnBullmq(bullmq, api));
