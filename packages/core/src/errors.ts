/** Every code a caller may see. Stable: clients switch on them. */
export const errorCodes = {
  bad_request: 400,
  invalid_json: 400,
  invalid_cursor: 400,
  invalid_link: 400,
  idempotency_key_required: 400,
  unauthenticated: 401,
  forbidden: 403,
  account_pending: 403,
  account_suspended: 403,
  email_unverified: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  account_already_connected: 409,
  already_frozen: 409,
  already_member: 409,
  authorization_denied: 409,
  authorization_expired: 409,
  authorization_refused: 409,
  authorization_unknown: 409,
  authorization_used: 409,
  credentials_refused: 409,
  customers_differ: 409,
  deal_ended: 409,
  deal_overlaps: 409,
  draft_outdated: 409,
  illegal_move: 409,
  invitation_closed: 409,
  invitation_expired: 409,
  month_not_over: 409,
  no_account_authorized: 409,
  not_frozen: 409,
  nothing_to_invoice: 409,
  owner_stays: 409,
  plan_limit_reached: 409,
  request_in_flight: 409,
  reward_expired: 409,
  reward_not_issued: 409,
  rewards_open: 409,
  version_not_later: 409,
  traffic_taken: 409,
  wallet_frozen: 409,
  idempotency_key_reused: 422,
  validation_failed: 422,
  floor_violated: 422,
  ceiling_violated: 422,
  below_minimum_balance: 422,
  currency_mismatch: 422,
  exceeds_basket_share: 422,
  limit_reached: 422,
  no_rule_in_force: 422,
  not_enough_points: 422,
  unbalanced_posting: 422,
  unknown_account: 422,
  payload_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
  provider_unavailable: 503,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** One thing wrong with an input: where (a path of keys) and what. Never carries the value itself. */
export interface FieldIssue {
  path: string;
  message: string;
}

/**
 * The one expected-refusal error. `message` is written for the caller and holds no secret, no personal data and no driver text;
 * the original error travels in `cause` and is never serialised.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly issues: readonly FieldIssue[];

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; issues?: readonly FieldIssue[] } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.issues = options.issues ?? [];
  }

  /** HTTP status that belongs to the code. */
  get status(): number {
    return errorCodes[this.code];
  }
}

/** `validation_failed`, naming the fields. */
export function invalidFields(issues: readonly FieldIssue[]): AppError {
  return new AppError('validation_failed', 'The request has invalid fields.', { issues });
}

/** Something can never succeed however often it is tried: quarantine it with `reason` instead of retrying. */
export class PermanentFailure extends Error {
  readonly reason: string;

  constructor(reason: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PermanentFailure';
    this.reason = reason;
  }
}
