/** The answer of an address, or the reason why there is none. */
export interface Answer {
  /** The HTTP status. Undefined without an HTTP answer. */
  readonly status?: number;
  /** The gRPC status, if the answer is one of gRPC. */
  readonly grpcStatus?: number;
  readonly location?: string;
  readonly body?: string;
  /** The error code of Node.js, as in `ECONNREFUSED`. */
  readonly code?: string;
  readonly message?: string;
}

/** How long an address may take to answer. */
export const PATIENCE_MILLIS = 5_000;

/** An error as an answer. */
export function failed(error: unknown): Answer {
  const { code, message, errors } = error as {
    code?: string;
    message?: string;
    errors?: { code?: string }[];
  };
  const found = code ?? errors?.find((one) => one.code)?.code;
  return { message: message ?? String(error), ...(found === undefined ? {} : { code: found }) };
}

/** Whether the connection failed because its certificate is not trusted. */
export function isCertificate({ code = '' }: Answer): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code);
}
