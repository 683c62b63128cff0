/** A PgBoss, as far as the types of all its releases say it alike. */
export interface AnyBoss {
  send(...args: never[]): unknown;
  work(...args: never[]): unknown;
  createQueue(...args: never[]): unknown;
  getDb(): object;
}
