/** An app as it is registered at Xero. */
export interface XeroApp {
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Compared letter by letter. */
  readonly redirectUris: readonly string[];
  /** `starter` has 1,000 calls a day and organisation, the others 5,000. */
  readonly tier: 'starter' | 'core' | 'plus' | 'advanced' | 'enterprise';
  /** `2026-11-21`. From 2026-03-02 on an app cannot ask for the old scopes. */
  readonly createdOn: string;
}

export const sandboxApp: XeroApp = {
  name: 'Sandbox App',
  clientId: 'SANDBOX0CLIENT0ID000000000000000',
  clientSecret: 'sandbox-client-secret',
  redirectUris: ['http://127.0.0.1/callback'],
  tier: 'core',
  createdOn: '2026-11-01',
};

const oldScopes = ['accounting.transactions', 'accounting.transactions.read', 'accounting.reports.read'];
const oldScopesEndOn = '2026-03-02';
const knownScope =
  /^(openid|profile|email|offline_access|(accounting|finance|payroll|files|assets|projects)(\.[a-z]+)*)$/;

/** Whether the app may ask for these. @see https://developer.xero.com/faq/pricing-and-policy-updates */
export function mayAskFor({ createdOn }: XeroApp, scopes: readonly string[]): boolean {
  const isTooNew = createdOn >= oldScopesEndOn;
  return (
    scopes.length > 0 && scopes.every((scope) => knownScope.test(scope) && !(isTooNew && oldScopes.includes(scope)))
  );
}
