// RFC 9457 problem documents.

export interface FieldError {
  field: string;
  detail: string;
}

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly errors: FieldError[] = [],
    readonly headers: Record<string, string> = {},
  ) {
    super(detail);
  }

  document(requestId: string) {
    return {
      type: "about:blank",
      title: TITLES[this.status] ?? "Error",
      status: this.status,
      detail: this.detail,
      ...(this.errors.length > 0 && { errors: this.errors }),
      request_id: requestId,
    };
  }
}

const TITLES: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

export const unauthorized = (tokenWasSent: boolean) =>
  tokenWasSent
    ? new Problem(401, "Your session is not valid any more. Sign in again.", [], {
        "www-authenticate": 'Bearer error="invalid_token"',
      })
    : new Problem(401, "Sign in to use this.", [], { "www-authenticate": "Bearer" });

interface RestError {
  code?: string;
  message?: string;
}

/** What a refusal of PostgREST means for the caller. */
export function refusal(status: number, error: RestError): Problem {
  switch (true) {
    case status === 401:
      return unauthorized(true);
    case error.code === "42501":
      return new Problem(403, "This is not yours to see or change.");
    case error.code === "PGRST116":
      return new Problem(404, "There is no such record.");
    case error.code === "PT404":
      return new Problem(404, "This account has no client record. Send us a message and we will set it up.");
    case error.code === "PT409":
    case error.code === "23505":
      return new Problem(409, error.message ?? "This is there already.");
    case status === 0 || status >= 500:
      return new Problem(503, "A part of the system is not available. Try again in a moment.", [], { "retry-after": "5" });
    default:
      return new Problem(502, "A part of the system gave an answer that makes no sense. Try again.");
  }
}
