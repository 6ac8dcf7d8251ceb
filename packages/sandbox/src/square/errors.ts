import type { Reply } from '../kernel/message.ts';

/** The errors that the simulator answers with, by Square's code: status and category. */
const errors = {
  UNAUTHORIZED: [401, 'AUTHENTICATION_ERROR'],
  ACCESS_TOKEN_EXPIRED: [401, 'AUTHENTICATION_ERROR'],
  ACCESS_TOKEN_REVOKED: [401, 'AUTHENTICATION_ERROR'],
  INSUFFICIENT_SCOPES: [403, 'AUTHENTICATION_ERROR'],
  BAD_REQUEST: [400, 'INVALID_REQUEST_ERROR'],
  EXPECTED_JSON_BODY: [400, 'INVALID_REQUEST_ERROR'],
  EXPECTED_INTEGER: [400, 'INVALID_REQUEST_ERROR'],
  EXPECTED_BOOLEAN: [400, 'INVALID_REQUEST_ERROR'],
  INVALID_CURSOR: [400, 'INVALID_REQUEST_ERROR'],
  INVALID_ENUM_VALUE: [400, 'INVALID_REQUEST_ERROR'],
  INVALID_TIME: [400, 'INVALID_REQUEST_ERROR'],
  INVALID_VALUE: [400, 'INVALID_REQUEST_ERROR'],
  MISSING_REQUIRED_PARAMETER: [400, 'INVALID_REQUEST_ERROR'],
  NOT_FOUND: [404, 'INVALID_REQUEST_ERROR'],
  METHOD_NOT_ALLOWED: [405, 'INVALID_REQUEST_ERROR'],
  RATE_LIMITED: [429, 'RATE_LIMIT_ERROR'],
  INTERNAL_SERVER_ERROR: [500, 'API_ERROR'],
  SERVICE_UNAVAILABLE: [503, 'API_ERROR'],
} as const satisfies Record<string, readonly [number, string]>;

type SquareErrorCode = keyof typeof errors;

/** A refusal as Square writes it. `field` names the parameter it is about. */
export function refusal(code: SquareErrorCode, detail?: string, field?: string): Reply {
  const [status, category] = errors[code];
  return { status, body: { errors: [{ category, code, ...(detail && { detail }), ...(field && { field }) }] } };
}

/** Thrown by what reads a request; the route answers with its reply. */
export class Refused extends Error {
  readonly reply: Reply;

  constructor(code: SquareErrorCode, detail?: string, field?: string) {
    super(detail ?? code);
    this.reply = refusal(code, detail, field);
  }
}

/** A handler whose refusals may be thrown. */
export function refusing<Request>(
  handle: (request: Request) => Reply | Promise<Reply>,
): (request: Request) => Promise<Reply> {
  return async (request) => {
    try {
      return await handle(request);
    } catch (error) {
      if (error instanceof Refused) return error.reply;
      throw error;
    }
  };
}
