import type { Stack } from '../stack-options.ts';

/** Who owns the demo's shop, on this machine alone. */
export const owner = { name: 'Ann Miller', email: 'owner@example.com', password: 'correct horse battery staple' };

type Place = Pick<Stack, 'gatewayUrl' | 'mails'>;

/**
 * Signs somebody up as a front end would, with an organization: follows the link in the mail, and signs in.
 * @returns the organization's id, a UUID
 */
export async function signUpOwner(place: Place, organization: { name: string; timeZone: string }): Promise<string> {
  await post(place, 'sign-up', { ...owner, organization });
  const mail = place.mails().find(({ to }) => to === owner.email);
  const token = /#token=(\S+)/.exec(mail?.text ?? '')?.[1];
  if (token === undefined) throw new Error('the owner was not written to');
  await post(place, 'verify-email', { token });
  const [, claims = ''] = (await signInOwner(place)).split('.');
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { org_id: string }).org_id;
}

/** @returns a bearer token for the owner's organization, good for five minutes */
export async function signInOwner(place: Place): Promise<string> {
  const { email, password } = owner;
  const signedIn = await post(place, 'sign-in', { email, password });
  const cookie = signedIn.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
  const issued = await post(place, 'token', null, cookie.join('; '));
  return ((await issued.json()) as { token: string }).token;
}

async function post({ gatewayUrl }: Place, path: string, body: object | null, cookie = ''): Promise<Response> {
  const response = await fetch(`${gatewayUrl}/v1/auth/${path}`, {
    method: 'POST',
    headers: { origin: gatewayUrl, cookie, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response;
}
