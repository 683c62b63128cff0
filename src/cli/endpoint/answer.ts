/** What came back from an address. */
export interface Answer {
  /** The HTTP status; none where there was no HTTP answer. */
  readonly status?: number;
  /** The status of gRPC, where it answered as gRPC does. */
  readonly grpcStatus?: number;
  readonly location?: string;
  readonly body?: string;
  /** Node's code of what went wrong: `ECONNREFUSED`. */
  readonly code?: string;
  readonly message?: string;
}

/** How long an address has to answer. */
export const PATIENCE_MILLIS = 5_000;

/** What went wrong, as an answer. */
export function failed(error: unknown): Answer {
  const { code, message, errors } = error as {
    code?: string;
    message?: string;
    errors?: { code?: string }[];
  };
  const found = code ?? errors?.find((one) => one.code)?.code;
  return { message: message ?? String(error), ...(found === undefined ? {} : { code: found }) };
}

/** Whether it went wrong because its certificate is not trusted. */
export function isCertificate({ code = '' }: Answer): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code);
}
