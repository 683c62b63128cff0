/** What a program is told to do. */
export interface Orders {
  readonly act: 'ends' | 'writes' | 'threads' | 'receives';
  readonly count: number;
  readonly from?: number;
  readonly turns?: number;
  readonly text?: string;
  readonly console?: boolean;
  readonly file?: string;
  readonly audit?: string;
  readonly url?: string;
  readonly port?: number;
  readonly exportMillis?: number;
  /** Installs exit handlers with this deadline. */
  readonly handlers?: number;
  readonly end?: string;
}
