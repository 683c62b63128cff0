/** The kinds of fields: `field.string()`, `field.id()`, … One name to import, so that `error` or `time` shadow nothing. */
export {
  boolean,
  duration,
  error,
  id,
  int,
  json,
  list,
  number,
  oneOf,
  optional,
  string,
  text,
  time,
} from './field.js';
