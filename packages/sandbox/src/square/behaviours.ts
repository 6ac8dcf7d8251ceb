interface Behaviour {
  /** What the simulator does. */
  readonly does: string;
  /** The page that says so, or why we think so. `api.json` is that of square/connect-api-specification at 5733f66. */
  readonly basis: `documented: ${string}` | `third party: ${string}` | `judgment: ${string}`;
}

/** What the simulator of Square does, and on what ground. Each has its test, which names it. */
export const squareBehaviours = {
  authorize_redirect: {
    does: 'A seller who agrees comes back to the registered redirect URL with code, response_type=code and the state.',
    basis: 'documented: developer.squareup.com/docs/oauth-api/receive-and-manage-tokens',
  },
  authorize_denied: {
    does: 'One who does not comes back with error=access_denied and error_description=user_denied.',
    basis: 'documented: developer.squareup.com/reference/square/o-auth-api/authorize',
  },
  authorize_fewer_scopes: {
    does: 'Fewer scopes than were asked may be granted; only the token status tells which.',
    basis: 'judgment: the answer with the token has no field for them (api.json, ObtainTokenResponse)',
  },
  authorize_refused: {
    does: 'Another client or another redirect URL than the registered one is refused with 400, and not by a redirect.',
    basis: 'judgment: a redirect to an unknown address would be an open redirect',
  },
  code_once: {
    does: 'A code is good once, for five minutes, and with the redirect URL that it was asked with.',
    basis: 'documented: developer.squareup.com/docs/oauth-api/receive-and-manage-tokens',
  },
  token_errors: {
    does: 'A wrong secret, code or refresh token is 401 UNAUTHORIZED; a body that is not understood 400.',
    basis: 'judgment: api.json documents the list of errors and not their codes',
  },
  access_30_days: {
    does: 'Access tokens live 30 days, or 24 hours when short_lived was asked.',
    basis: 'documented: api.json, ObtainTokenResponse',
  },
  refresh_forever: {
    does: 'A refresh token never expires and may be used again and again: the same one comes back. Earlier access tokens go on.',
    basis: 'documented: api.json, ObtainTokenResponse; that earlier ones go on: judgment, nothing says that they end',
  },
  scopes_narrowed: {
    does: 'scopes in a token request narrow what that access token may do.',
    basis: 'documented: api.json, ObtainTokenRequest',
  },
  revoke_all: {
    does: 'Revoking one token revokes all of that merchant, needs the application secret, and is told by a webhook.',
    basis: 'documented: api.json, RevokeToken',
  },
  revoke_one: {
    does: 'revoke_only_access_token ends that access token, the authorization stays and no webhook tells.',
    basis: 'documented: api.json, RevokeTokenRequest; the silence: judgment',
  },
  token_status: {
    does: 'The status tells scopes, expiry, client and merchant; a token that is not live is UNAUTHORIZED.',
    basis: 'documented: api.json, RetrieveTokenStatus',
  },
  bearer_checked: {
    does: '401 UNAUTHORIZED, ACCESS_TOKEN_EXPIRED or ACCESS_TOKEN_REVOKED, 403 INSUFFICIENT_SCOPES.',
    basis: 'documented: developer.squareup.com/docs/build-basics/handling-errors',
  },
  payments_main_location: {
    does: 'A list of payments without a location is of the main location alone.',
    basis: 'documented: api.json, ListPayments, location_id',
  },
  refunds_all_locations: {
    does: 'A list of refunds without a location is of all of them.',
    basis: 'documented: api.json, ListPaymentRefunds, location_id',
  },
  unknown_location: {
    does: "404 for a location that is not the merchant's.",
    basis: 'judgment: the reference does not say',
  },
  list_order: {
    does: 'Lists are sorted by created_at, newest first, or by sort_field and sort_order; equal times by id.',
    basis: 'documented: api.json, ListPayments; the order of equal times: judgment',
  },
  list_limit: {
    does: 'A page has 100 rows at most; a larger limit is as if none was given.',
    basis: 'documented: api.json, ListPayments, limit',
  },
  list_filters: {
    does: 'total, last_4, card_brand, is_offline_payment; status and source_type of refunds.',
    basis: 'documented: api.json, ListPayments and ListPaymentRefunds',
  },
  list_begin_default: {
    does: 'begin_time is a year ago unless told, and hides what was created before, also when updated_at is asked for.',
    basis: 'documented: api.json, ListPayments; that it holds beside updated_at: judgment, two filters that both apply',
  },
  list_times_inclusive: {
    does: 'Times include both ends; updatedAtBegin makes the begin of updated_at exclusive.',
    basis: 'judgment: only begin_time is documented as inclusive',
  },
  list_cursor: {
    does: 'A cursor goes on with the query it came from; another query, or a cursor made up, is INVALID_CURSOR.',
    basis: 'documented: developer.squareup.com/docs/build-basics/common-api-patterns/pagination; the error: judgment',
  },
  list_cursor_kind: {
    does: 'A cursor goes on after the last row; cursorKind: offset makes it count rows, so that a walk loses some.',
    basis: 'judgment: how cursors meet rows that change places is not documented',
  },
  list_eventual: {
    does: 'A change reaches the lists within listedWithinMs, single objects at once.',
    basis: 'documented: api.json, ListPayments, "several seconds"; single objects: judgment',
  },
  list_empty: {
    does: 'A list of nothing has no field for its rows.',
    basis: 'judgment: Square leaves out what is empty, as its cursor',
  },
  list_bad_parameter: {
    does: 'INVALID_TIME, INVALID_ENUM_VALUE, EXPECTED_INTEGER, EXPECTED_BOOLEAN, INVALID_VALUE, naming the parameter.',
    basis: 'judgment: the codes are of api.json, ErrorCode; which is used where is not documented',
  },
  offline_late: {
    does: 'An offline payment appears when it is uploaded, with an old created_at and client_created_at.',
    basis:
      'judgment: client_created_at is documented (api.json, OfflinePaymentDetails); an old created_at is the harder case',
  },
  fee_later: {
    does: 'processing_fee comes later and changes updated_at and version_token alone.',
    basis: 'documented: api.json, ProcessingFee; the time between: judgment',
  },
  refund_counts: {
    does: 'A completed refund raises refunded_money and refund_ids of its payment.',
    basis: 'documented: api.json, Payment',
  },
  locations_by_name: {
    does: 'Locations come by name, inactive ones too.',
    basis: 'documented: api.json, ListLocations',
  },
  order_amounts: {
    does: 'An order tells lines, taxes and discounts, and its totals agree; a payment of part of it names the same order.',
    basis: 'documented: developer.squareup.com/reference/square/objects/Order',
  },
  orders_batch: {
    does: 'A batch of at most 100 orders leaves out the ids that it does not know.',
    basis: 'documented: api.json, BatchRetrieveOrders',
  },
  not_found: {
    does: "404 NOT_FOUND for an object that is not the merchant's, and for a path that is none.",
    basis: 'documented: developer.squareup.com/docs/build-basics/handling-errors',
  },
  events_enabled: {
    does: 'Only events that happened while events were enabled are found, for 28 days.',
    basis: 'documented: api.json, SearchEvents, EnableEvents, DisableEvents',
  },
  events_search: {
    does: 'Events are found by type, merchant, location and time, newest first unless told, 100 a page at most.',
    basis: 'documented: api.json, SearchEventsFilter; the order: judgment',
  },
  application_token: {
    does: "Events and subscriptions are asked for with the application's own token; a merchant's is UNAUTHORIZED.",
    basis: 'judgment: both belong to the application, and api.json names no scope for them',
  },
  webhook_signed: {
    does: 'base64(HMAC-SHA256(key, notification URL + body)) over the bytes that are sent.',
    basis: 'documented: developer.squareup.com/docs/webhooks/step3validate',
  },
  webhook_headers: {
    does: 'Every attempt has the time of the first; retries have their number and the reason.',
    basis: 'third party: konyklabs/vendorfake after developer.squareup.com/docs/webhooks/overview',
  },
  webhook_ack: {
    does: 'Any 2xx within 10 s is an acknowledgement; a redirect is none.',
    basis: 'documented: developer.squareup.com/docs/webhooks-api/delivery-sla',
  },
  webhook_retries: {
    does: '11 retries over 24 hours, then the event is discarded. webhookRetries: older makes it 78 over three days.',
    basis:
      'third party: konyklabs/vendorfake; 72 hours documented in developer.squareup.com/docs/webhooks-api/delivery-sla',
  },
  webhook_scopes: {
    does: 'Events of payments, refunds and orders are told only with the scope that the merchant granted.',
    basis: 'documented: developer.squareup.com/docs/webhooks/troubleshooting; api.json, x-webhook.scopes',
  },
  webhook_types: {
    does: 'payment and refund created and updated, order.updated, oauth.authorization.revoked. A sale at a till has no order.created.',
    basis: 'documented: api.json; forum 4287 for order.created',
  },
  webhook_key_rotated: {
    does: 'After a rotation every attempt is signed with the new key, retries of older events too.',
    basis: 'judgment: api.json says that the key is replaced, and of no overlap',
  },
  webhook_test: {
    does: "A test is sent at once and once: Square's sample of the asked type, or an event without an object.",
    basis: 'documented: api.json, TestWebhookSubscription; the event without a type: the vectors of square-nodejs-sdk',
  },
  webhook_disabled: {
    does: 'Three weeks without a 2xx end the subscription.',
    basis: 'documented: developer.squareup.com/docs/webhooks/step4manage',
  },
  revoked_webhook: {
    does: 'oauth.authorization.revoked names who revoked, and needs no scope.',
    basis: 'documented: api.json, oauth.authorization.revoked',
  },
  rate_limited: {
    does: '429 RATE_LIMITED. requestsPerSecond of each token, none unless told; only planned faults say Retry-After.',
    basis: 'judgment: the error is of api.json, its numbers and headers are not public',
  },
} as const satisfies Record<string, Behaviour>;

export type SquareBehaviour = keyof typeof squareBehaviours;
