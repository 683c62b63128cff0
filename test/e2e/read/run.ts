/** Which data of a backend are asked for: those of one process. */
export interface RunKey {
  /** `service.name` */
  readonly service: string;
  /** `service.instance.id` */
  readonly instance: string;
  /** Epoch milliseconds between which everything happened. */
  readonly fromMillis: number;
  readonly toMillis: number;
}
