/** The key under which every copy of `@opentelemetry/api` 1.x keeps its globals. */
export const API_GLOBAL: unique symbol = Symbol.for('opentelemetry.js.api.1');
