export interface Behaviour {
  readonly what: string;
  readonly basis: 'documented' | 'third party' | 'judgment';
  /** The page, who says so, or the reason. Pages are of docs.clover.com/dev/docs unless they name another place. */
  readonly source: string;
}

const documented = (what: string, source: string): Behaviour => ({ what, basis: 'documented', source });
const thirdParty = (what: string, source: string): Behaviour => ({ what, basis: 'third party', source });
const judgment = (what: string, source: string): Behaviour => ({ what, basis: 'judgment', source });

/** What the simulator of Clover does. Each is proven by the test that names it. */
export const cloverBehaviours = {
  CL01: documented(
    'authorize sends the browser back with merchant_id, employee_id, client_id, code and the state',
    'high-trust-app-auth-flow',
  ),
  CL02: thirdParty('a merchant without the app is sent to the App Market', 'seen in the sandbox by an integrator'),
  CL03: judgment('who says no comes back with error=access_denied', 'RFC 6749 4.1.2.1; Clover shows the yes only'),
  CL04: thirdParty('another path of the registered origin may be the redirect_uri', 'seen in the sandbox'),
  CL05: documented(
    'a code with an S256 challenge wants its verifier, and no secret',
    'oauth-flow-for-low-trust-apps-pkce',
  ),
  CL06: judgment('a challenge without a method is S256', 'Clover names no other method'),
  CL07: documented('a bad code: "Failed to validate authentication code"', 'oauth-and-tokens-faqs'),
  CL08: judgment('a code is good once and for ten minutes; a bad one is 401', 'not documented'),
  CL09: thirdParty('only JSON is read: a form is 415', 'seen in the sandbox; oauth-and-tokens-faqs says otherwise'),
  CL10: documented(
    'a pair ends in Unix seconds, which differ from pair to pair, as does its length',
    'refresh-access-tokens',
  ),
  CL11: judgment('access tokens live 30 to 60 minutes, refresh tokens a year more', 'the year is in the sample answer'),
  CL12: documented('a refresh token is good once; with the new pair the old one is dead', 'refresh-access-tokens'),
  CL13: judgment('an access token outlives its refresh', 'nothing says that it ends early'),
  CL14: documented('live refresh tokens of a merchant are limited, the oldest die', 'refresh-access-tokens'),
  CL15: judgment('ten of them, and the access token dies along', 'no number is published'),
  CL16: documented(
    'the refresh token before the current one brings a lost pair back at /oauth/v2/recovery, for two weeks or until the current one is used',
    'high-trust-app-auth-flow',
  ),
  CL17: thirdParty(
    'a refused refresh tells by X-Clover-Recovery-Available whether that will work',
    'several integrators',
  ),
  CL18: judgment(
    'the lost pair dies with its recovery, which can itself be repeated',
    'it made the current pair, as before',
  ),
  CL19: documented('uninstalling is told by A: DELETE', 'webhooks'),
  CL20: judgment('it ends every token at once', 'nothing else would be safe'),
  CL21: documented('new permissions reach a merchant when the app is installed again', 'webhooks'),

  CL30: documented(
    '401 for a missing, wrong, ended or another merchant’s token, and without permission; never 403',
    '401-unauthorized',
  ),
  CL31: documented('at most three expansions, two levels', 'expanding-fields; refusing more with 400 is judgment'),
  CL32: documented('a dotted expansion brings its parent along', 'expanding-fields, third example'),
  CL33: documented(
    'fields of payments and orders, employee.orders as { href }',
    'clover/clover-android-sdk: test assets, v3 classes',
  ),
  CL34: judgment(
    'expanded lists are { elements, href }, empty ones included',
    'the dumps show elements, list endpoints both',
  ),
  CL35: documented(
    'a nested list shows 100 rows and cannot be paged',
    'paginating-elements; a dump in the SDK has 400',
  ),
  CL36: judgment('a customer’s own relations stay { href }', 'after employee.orders'),
  CL37: documented(
    'which fields of orders and lines expand',
    'docs.clover.com/dev/reference/ordergetorder, ordergetorderlineitems',
  ),
  CL38: judgment('a line has no word of discounts and modifiers unless they are expanded', 'after the dumps'),
  CL39: judgment('a line brings its tags along', 'the SDK’s line has them, the reference does not expand them'),
  CL40: judgment('404 for an unknown id, 405 for a write, { message } for errors', 'not documented for the REST API'),
  CL41: documented('a list has 100 rows unless limit says otherwise, and never more than 1000', 'paginating-elements'),
  CL42: judgment('a larger limit counts as 1000, one that is no number is 400', 'not documented'),
  CL43: documented('filters by =, !=, >, >=, <, <=, all of which must hold', 'applying-filters'),
  CL44: documented('X-Clover-Allowed-Filter-Fields names the fields', 'applying-filters; which they are is judgment'),
  CL45: judgment(
    'a filter on another field is 400, those removed in May 2023 included',
    'changelog/clover-api-updates-may-2023',
  ),
  CL46: documented('newest first, or as orderBy says with ASC or DESC', 'sorting-collections'),
  CL47: judgment(
    'one field, DESC unless told, equal times by id',
    'the default is descending; ties are not documented',
  ),
  CL48: documented(
    'a time filter reaches over the last 90 days of its range, silently',
    'applying-filters, get-all-payments',
  ),
  CL49: judgment(
    'without a time filter, what was created in the last 90 days',
    'limits-added-to-calls-to-payments-and-orders-endpoints gives no rule',
  ),
  CL50: judgment(
    'the merchant’s currency and time zone come with expand=properties',
    'v3.merchant.MerchantProperties of the SDK',
  ),
  CL51: judgment('lists may not know yet what single reads know', 'not documented; off unless asked for'),

  CL60: documented('16 requests a second for a token, 50 for an app; 429 names the limit', 'api-usage-rate-limits'),
  CL61: documented('5 at once for a token, 10 for an app, with retry-after', 'api-usage-rate-limits'),
  CL62: documented('a request before retry-after has passed lengthens the wait', 'api-usage-rate-limits'),
  CL63: judgment('from one second, doubled each time, a minute at most', 'the example says 21'),
  CL64: judgment('a second is any second, refused requests count, OAuth does not', 'not documented'),

  CL70: documented('X-Clover-Auth is one fixed code; nothing binds it to the body', 'webhooks'),
  CL71: documented('one POST has changes of several merchants', 'webhooks; those of one second is judgment'),
  CL72: documented('a new address gets a code without authentication, which a person brings back', 'webhooks'),
  CL73: documented('only 200 is an answer', 'webhooks'),
  CL74: judgment('else again after 1, 5, 30 and 120 minutes', 'nothing is published on retries'),
  CL75: documented('the app hears of a kind only with the permission to read it', 'webhooks'),
  CL76: judgment('a refund is told as UPDATE of its payment and of its order', 'refunds have no key'),
  CL77: documented('orders are created, updated and deleted, payments never deleted', 'webhooks'),

  CL80: documented('hosts of the four regions', 'high-trust-app-auth-flow'),
  CL81: judgment('same seed, same calls, same bytes', 'to repeat a failure'),
} as const satisfies Record<string, Behaviour>;
