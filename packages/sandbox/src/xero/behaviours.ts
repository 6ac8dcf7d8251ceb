export interface Behaviour {
  readonly does: string;
  readonly basis: 'documented' | 'third party' | 'judgment';
  /** The page that says so, or why it was judged so. */
  readonly because: string;
}

const authFlow = 'developer.xero.com/documentation/guides/oauth2/auth-flow';
const oauthFaq = 'developer.xero.com/faq/oauth2';
const identity = 'XeroAPI/Xero-OpenAPI xero-identity.yaml 16.1.0';
const accounting = 'XeroAPI/Xero-OpenAPI xero_accounting.yaml 16.1.0';
const requests = 'developer.xero.com/documentation/api/requests-and-responses';
const limits = 'developer.xero.com/documentation/oauth2/limits';
const server = 'developer.xero.com/documentation/webhooks/configuring-your-server';
const events = 'XeroAPI/Xero-OpenAPI xero-webhooks.yaml 16.1.0';
const silent = 'not documented';

const documented = (does: string, because: string): Behaviour => ({ does, basis: 'documented', because });
const judged = (does: string, because = silent): Behaviour => ({ does, basis: 'judgment', because });

/** What the simulator does, and on what grounds. Each has a test that carries its words. */
export const behaviours = {
  authorize: documented('authorising leads back with a code, the scopes and the state', authFlow),
  connectFirst: documented('organisations are connected before the code is redeemed', oauthFaq),
  authEvent: documented('the access token names the event, and connections can be asked for by it', identity),
  codeOnce: judged('a code works once, for five minutes, with its own redirect URI'),
  pkce: documented('PKCE: a code with a challenge needs its verifier', oauthFaq),
  denied: judged('a user who declines leads back with access_denied', 'RFC 6749, 4.1.2.1'),
  badClient: judged('an app or redirect URI that is not registered leads nowhere: 400', 'RFC 6749, 4.1.2.1'),
  oldScopes: documented(
    'an app made since 2026-03-02 cannot ask for the old scopes: invalid_scope',
    'developer.xero.com/faq/pricing-and-policy-updates; where the error shows: judgment',
  ),
  fewerScopes: judged('the token answer tells the scopes granted, which may be fewer', 'RFC 6749, 5.1'),
  basicAuth: documented('the token endpoint wants HTTP Basic and a form', `${authFlow}; 400 invalid_client: judgment`),
  accessLife: documented('an access token is a JWT that lasts 1800 seconds, then 401 TokenExpired', oauthFaq),
  refreshRotates: documented('a refresh token is replaced on every use, and dies after 60 days unused', oauthFaq),
  refreshRetry: documented('an old refresh token works again for 30 minutes, as when the answer was lost', oauthFaq),
  refreshSettled: judged(
    'an old refresh token, and what else it brought, is dead once one of its successors is used',
    'the retry is for answers that were lost, and that one was not',
  ),
  offline: documented('without offline_access there is no refresh token', authFlow),
  revocation: documented(
    'revoking a refresh token ends all of the user: tokens refresh no more and connections are gone',
    'XeroAPI/xero-node 4.10.1 release notes; 200 for an unknown token: RFC 7009, 2.2',
  ),
  connectionDelete: documented('one connection can be deleted: 204, and 404 when it is not there', identity),
  reconnect: documented(
    'a connection made again keeps when it was created',
    `${identity}; that it keeps its id: judgment`,
  ),
  tenant403: {
    does: 'a tenant that is missing, wrong or disconnected is 403 AuthenticationUnsuccessful',
    basis: 'third party',
    because: 'XeroAPI/xero-node#432, dcblogdev/laravel-xero#40',
  },
  scope401: {
    does: 'a scope that is missing is 401 AuthorizationUnsuccessful',
    basis: 'third party',
    because: 'XeroAPI/Xero-NetStandard#298, XeroAPI/xero-node#320',
  },
  noToken401: judged('no token, or one that never was, is 401 AuthenticationUnsuccessful'),
  manyTenants: documented('one token set serves every organisation of its user, and no other', authFlow),
  disconnectKeepsTokens: judged('an organisation disconnected within Xero leaves the tokens to refresh'),
  withdraw: judged('a user who withdraws ends the tokens: invalid_grant'),

  envelope: documented('lists come in an envelope, with dates as /Date(ms+0000)/ and amounts as floats', requests),
  paging: documented('a list is paged by page and pageSize, 100 unless told, with a pagination block', accounting),
  pageLimit: judged('a pageSize above 1000 is 1000, a page that is no number is 400, one past the end is empty'),
  unpaged: documented(
    'without a page all rows come at once, without lines and pagination',
    `${accounting}, Invoices: page`,
  ),
  order: documented('order=UpdatedDateUTC ASC or DESC is kept', accounting),
  defaultOrder: judged('without an order rows come by id; rows of one time come by id too'),
  otherQueries: judged(
    'where, and orders by anything else, are refused: 400',
    'not simulated, and not to be passed over',
  ),
  since: documented('If-Modified-Since lets through what changed since, to the second, in UTC', requests),
  sinceInclusive: judged(
    'If-Modified-Since lets through the very second that it names, unless told otherwise',
    'the page says "since ... accurate to the second"',
  ),
  sinceUnreadable: judged('an If-Modified-Since that is no time is passed over', 'as XeroAPI/xero-node#272 tells'),
  nothingNew: judged('when nothing is new the list is empty, or 304, as told'),
  archived: documented('archived contacts come only with includeArchived=true', accounting),
  accountsUnpaged: documented('accounts are not paged', accounting),
  ids: documented('IDs brings just those', accounting),
  single: documented('one row is read by its id, with its lines', accounting),
  notFound: judged('a row or path that is not there is 404, another method 405'),
  removal: documented('what is removed stays, as DELETED, VOIDED or ARCHIVED, with a new UpdatedDateUTC', accounting),
  payment: documented('a payment changes its invoice too, and so does its deletion', accounting),
  organisation: documented('the organisation tells its name, currency and country', accounting),

  limitHeaders: documented('every answer of the API says what is left of the day, the minute and the app', limits),
  minuteLimit: documented('60 calls a minute and tenant, then 429 minute with Retry-After', limits),
  dayLimit: documented('5,000 calls a day and tenant, 1,000 on Starter, then 429 day with Retry-After', limits),
  concurrentLimit: documented('5 calls at once and tenant, then 429 concurrent without Retry-After', limits),
  appLimit: documented('10,000 calls a minute for the app, then 429 appminute', limits),
  fixedWindows: documented('windows are fixed, and begin at another time for each tenant', limits),
  refusedFree: judged('a call that is refused by a limit counts nowhere'),
  egress: {
    does: 'bytes served are counted for each tenant, Organisation exempt',
    basis: 'third party',
    because: 'firehawkanalytics.com and truto.one on the pricing of 2026-03',
  },

  webhookSignature: documented('a delivery is signed: base64 of HMAC-SHA256 over its bytes', server),
  webhookEvents: documented('contacts, invoices and credit notes tell CREATE and UPDATE; nothing else tells', events),
  webhookTenants: documented(
    'events of several connected organisations come in one delivery, of those not connected none',
    'developer.xero.com/documentation/webhooks/overview; what travels together: judgment',
  ),
  webhookSequence: documented('events are numbered without gaps, but for numbers that are skipped on purpose', events),
  webhookDialect: {
    does: 'events are told as the specification says, or as the documents show',
    basis: 'documented',
    because: 'XeroAPI/Xero-OpenAPI#789',
  },
  intentToReceive: documented('intent to receive: 200 where signed rightly, 401 where not, bare and in 5 s', server),
  acceptance: documented('a delivery is accepted by 200, without body or cookie, within 5 s', server),
  webhookRetry: documented(
    'what is not accepted is sent again, ever rarer, up to 24 hours',
    `${server}; the times: judgment`,
  ),
  webhookDisabled: documented('after 24 hours the webhook is disabled, until intent to receive is shown again', server),
  webhookSilence: judged(
    'what happens while nothing can be delivered is never told and takes no number',
    'the harder case for who receives: only a sweep finds it',
  ),
  keyRotation: judged('a new key signs everything from then on, retries too', 'no overlap is documented'),

  stale: judged('fault stale: rows of the last seconds are not there yet', 'a fault, no behaviour of Xero'),
  shiftingPage: judged('fault shifting_page: rows change under a walk, and others move up', 'a fault'),
  repeatedRow: judged('fault repeated_row: a row comes twice', 'a fault'),
  cursorLoop: judged('fault cursor_loop: the page before comes again, and there is always one more', 'a fault'),
  wrongCurrency: judged('fault wrong_currency: amounts in a currency the organisation has not', 'a fault'),
  planned429: judged('a planned 429 says that the minute is used up', 'a fault'),
} as const satisfies Record<string, Behaviour>;

export type BehaviourName = keyof typeof behaviours;
