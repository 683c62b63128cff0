/** Where `@opentelemetry/api` 1.x keeps its globals, whichever copy of it an app has. */
export const API_GLOBAL: unique symbol = Symbol.for('opentelemetry.js.api.1');
