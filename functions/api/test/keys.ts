import { expect } from 'vitest';
import { keyScopes } from '../key-scopes.ts';
import type { Answer, Api, Caller } from './api.ts';
import { subjectWith } from './people.ts';

/** Asks, as whoever has that role, for an owner's key with every scope there is; `body` says what is to be otherwise. */
export async function makeKey(api: Api, { orgId, role = 'owner' }: Caller, body: object): Promise<Answer> {
  const caller = { orgId, role, subject: await subjectWith(api.database, orgId, role) };
  return api.post(caller, '/v1/api-keys', { name: 'till', role: 'owner', scopes: keyScopes, ...body }, {});
}

/** Somebody who asks with a new key. */
export async function callerWithKey(
  api: Api,
  { orgId }: { orgId: string },
  body: object,
): Promise<Caller & { apiKey: string; id: string }> {
  const { status, json } = await makeKey(api, { orgId }, body);
  expect([status, json.code]).toEqual([201, undefined]);
  return { orgId, apiKey: json.key, id: json.id };
}

/** An answer but for what names the request. */
export function anonymous({ status, headers, text }: Answer) {
  const { 'x-request-id': requestId = '', ...others } = headers;
  return { status, headers: others, text: text.replace(requestId, '') };
}
