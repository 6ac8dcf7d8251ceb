/** One change as Clover hints at it: `P:` payment, `O:` order, `A:` app; `ts` in Unix milliseconds. */
export interface CloverChange {
  objectId: string;
  type: 'CREATE' | 'UPDATE' | 'DELETE';
  ts: number;
}

/** Body of one delivery of an app, for any number of merchants (https://docs.clover.com/dev/docs/webhooks). */
export function cloverDelivery(appId: string, merchants: Readonly<Record<string, readonly CloverChange[]>>) {
  return { appId, merchants };
}

/** What Clover posts when a person asks for a code in the dashboard; it carries no auth code yet. */
export function cloverHandshake(verificationCode: string) {
  return { verificationCode };
}

/** Headers of a delivery: the auth code is a fixed secret, nothing binds it to the body. */
export function cloverHeaders(authCode: string): Record<string, string> {
  return { 'x-clover-auth': authCode, 'content-type': 'application/json' };
}
