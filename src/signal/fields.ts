/** The kinds of fields: `field.string()`, `field.id()`, … One namespace to import, so that names such as `error` and `time` shadow nothing. */
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
