/** What the types of PgBoss have in common in all releases. */
export interface AnyBoss {
  send(...args: never[]): unknown;
  work(...args: never[]): unknown;
  createQueue(...args: never[]): unknown;
  getDb(): object;
}
