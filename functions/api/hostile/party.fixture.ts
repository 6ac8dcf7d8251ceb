import { randomUUID } from 'node:crypto';
import { type IdKind, idPrefixes, showId } from '@tributary/core/ids';
import { keyScopes } from '../key-scopes.ts';
import type { Api } from '../test/api.ts';
import { idsOf } from '../test/cases.ts';
import { createMerchant, type Merchant } from '../test/merchant.ts';
import { createUser, subjectWith } from '../test/people.ts';
import { type Ask, type DoorName, type NamedIds, ownOrigin } from './doors.fixture.ts';

/** An organization and who belongs to it: members, a key, somebody who buys there and is asked to join, somebody signed in. */
export interface Party {
  merchant: Merchant;
  /** What paths name, by the door they are behind. */
  ids: Record<DoorName, NamedIds>;
  /** Headers that let somebody in who may do most. */
  headers: Record<DoorName, Record<string, string>>;
  apiKey: string;
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export async function createParty(api: Api, doors: Record<DoorName, Ask>): Promise<Party> {
  const merchant = await createMerchant(api.database);
  const { orgId } = merchant;
  const memberIds = { ...(await idsOf(api, merchant)) } as unknown as NamedIds;
  const subject = await subjectWith(api.database, orgId, 'owner');
  const owner = bearer(await api.mint({ orgId, role: 'owner', subject }));
  const person = await createUser(api.database);
  const customer = await api.post({ orgId }, '/v1/customers', { email: person.email });
  const invited = await api.post({ orgId, subject }, '/v1/team/invitations', { email: person.email, role: 'viewer' });
  const consumer = bearer(await api.mintConsumer({ subject: person.subject, email: person.email }));
  const { cookie, sessionId } = await signUp(api, doors.auth, `${merchant.canary}@example.com`);
  const key = { name: 'till', role: 'owner', scopes: keyScopes };
  const { json: made } = await api.post({ orgId, subject }, '/v1/api-keys', key, {});
  return {
    merchant,
    ids: {
      members: memberIds,
      consumer: { walletId: customer.json.wallet.id },
      invited: { invitationId: invited.json.id },
      auth: { sessionId },
    },
    headers: { members: owner, consumer, invited: consumer, auth: { origin: ownOrigin, cookie } },
    apiKey: made.key,
  };
}

const password = 'correct horse battery staple';

/** Signs up, proves the address and signs in, all by the door. */
async function signUp(api: Api, auth: Ask, email: string): Promise<{ cookie: string; sessionId: string }> {
  await post(auth, 'sign-up', { name: 'Ann Miller', email, password, organization: { name: 'Corner Coffee' } });
  const mail = api.mails.findLast(({ to }) => to === email);
  if (mail === undefined || !('token' in mail)) throw new Error('no mail with a token');
  await post(auth, 'verify-email', { token: mail.token });
  const cookie = await signIn(auth, email);
  const { json } = await auth('/v1/auth/sessions', { headers: { cookie } });
  return { cookie, sessionId: json.data[0].id };
}

async function signIn(auth: Ask, email: string): Promise<string> {
  const { headers } = await post(auth, 'sign-in', { email, password });
  return headers['set-cookie']?.split(';')[0] ?? '';
}

/** Headers of another session of the same person. */
export async function signInAgain(auth: Ask, { merchant }: Party): Promise<{ origin: string; cookie: string }> {
  return { origin: ownOrigin, cookie: await signIn(auth, `${merchant.canary}@example.com`) };
}

const post = (auth: Ask, path: string, body: object) => {
  const headers = { 'content-type': 'application/json', origin: ownOrigin };
  return auth(`/v1/auth/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
};

/** The same kind of id, of nothing. */
export function unknownLike(ids: NamedIds): NamedIds {
  return Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, redraw(id)]));
}

function redraw(id: string): string {
  const kind = (Object.keys(idPrefixes) as IdKind[]).find((one) => id.startsWith(`${idPrefixes[one]}_`));
  return kind === undefined ? 'none' : showId(kind, randomUUID());
}
