// `@opentelemetry/api-logs` as SDK 3.x has it: a part of the api.
export { logs, SeverityNumber } from '@opentelemetry/api';
