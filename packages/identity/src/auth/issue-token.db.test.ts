import { showId } from '@tributary/core/ids';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { issueToken } from './issue-token.ts';
import { publicKeys } from './key-ring.ts';
import { type People, register, signedIn, startPeople } from './people.fixture.ts';
import { switchOrganization } from './session.ts';

describe('a token', () => {
  let people: People;
  beforeAll(async () => {
    people = await startPeople();
  });

  const expected = { issuer: 'https://issuer.example', audience: 'tributary', typ: 'JWT', algorithms: ['EdDSA'] };
  const verified = async (token: string) =>
    (await jwtVerify(token, createLocalJWKSet(await publicKeys(people.identity)), expected)).payload;

  it('S3-160 carries who somebody is, and what in the active organization: nothing else, for five minutes', async () => {
    const person = await signedIn(people, await register(people));
    const { token, expiresAt } = await issueToken(person);
    const [member] = await people.rows<{ org_id: string }>('select org_id from identity.members where user_id = $1', [
      person.userId,
    ]);
    const payload = await verified(token);
    expect(payload).toEqual({
      ...{
        iss: expected.issuer,
        aud: expected.audience,
        sub: showId('user', person.userId),
        org_id: member?.org_id,
        role: 'owner',
      },
      ...{ iat: expect.any(Number), exp: (payload.iat as number) + 300, jti: expect.any(String) },
    });
    expect(new Date(expiresAt).getTime()).toBe((payload.exp as number) * 1000);
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'EdDSA', typ: 'JWT', kid: expect.any(String) });
  });

  it('carries the role as it is when the token is made', async () => {
    const person = await signedIn(people, await register(people));
    await people.rows(`alter table identity.members disable trigger user`);
    await people.rows(`update identity.members set role = 'viewer' where user_id = $1`, [person.userId]);
    await people.rows(`alter table identity.members enable trigger user`);
    expect(decodeJwt((await issueToken(person)).token)).toMatchObject({ role: 'viewer' });
  });

  it('is a consumer’s without a membership: their address, and no organization', async () => {
    const email = await register(people, null);
    const person = await signedIn(people, email);
    const payload = await verified((await issueToken(person)).token);
    expect(payload).toMatchObject({
      role: 'consumer',
      email,
      email_verified: true,
      sub: showId('user', person.userId),
    });
    expect(payload).not.toHaveProperty('org_id');
  });

  it('is a consumer’s too for a member who wants none of their organizations', async () => {
    const person = await signedIn(people, await register(people));
    await switchOrganization(person, { organizationId: null });
    expect(decodeJwt((await issueToken(person)).token)).toMatchObject({ role: 'consumer' });
  });

  it('is refused, and no consumer’s, where the organization is suspended', async () => {
    const person = await signedIn(people, await register(people));
    await people.rows(
      `update identity.organizations set status = 'suspended' where id = (select org_id from identity.members where user_id = $1)`,
      [person.userId],
    );
    await expect(issueToken(person)).rejects.toMatchObject({ code: 'forbidden' });
  });

  it.each([
    ['who is suspended', `update identity.users set status = 'suspended' where id = $1`],
    ['who waits for approval', `update identity.users set status = 'pending_approval' where id = $1`],
    ['whose session has ended', 'delete from identity.sessions where user_id = $1'],
    ['whose session is over', `update identity.sessions set expires_at = now() where user_id = $1`],
  ])('is not for somebody %s', async (_who, change) => {
    const person = await signedIn(people, await register(people));
    await people.rows(change, [person.userId]);
    await expect(issueToken(person)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('the keys of tokens', () => {
  const day = 86_400_000;
  const start = Date.UTC(2030, 0, 1);
  let people: People;
  let now: number;
  beforeAll(async () => {
    people = await startPeople();
  });
  beforeEach(async () => {
    await people.rows('truncate identity.jwks');
    now = start;
  });

  async function someone() {
    const identity = people.identityWith({ clock: () => new Date(now) });
    return { ...(await signedIn({ ...people, identity }, await register(people))), clock: identity.clock };
  }
  const kidOf = ({ token }: { token: string }) => decodeProtectedHeader(token).kid;
  const published = async (identity: Parameters<typeof publicKeys>[0]) =>
    (await publicKeys(identity)).keys.map(({ kid }) => kid);

  it('are one for many who ask at once', async () => {
    const person = await someone();
    const tokens = await Promise.all(Array.from({ length: 8 }, () => issueToken(person)));
    expect(new Set(tokens.map(kidOf)).size).toBe(1);
    expect(await published(person)).toEqual([kidOf(tokens[0] as { token: string })]);
  });

  it('follow each other by the month: the next is published a quarter of an hour before it signs', async () => {
    const person = await someone();
    const first = kidOf(await issueToken(person));
    now = start + 30 * day - 1;
    await issueToken(person);
    expect(await published(person)).toEqual([first]);
    now = start + 30 * day;
    const still = await Promise.all([issueToken(person), issueToken(person), issueToken(person)]);
    expect(still.map(kidOf)).toEqual([first, first, first]);
    const both = await published(person);
    expect(both).toEqual([first, expect.any(String)]);
    now += 15 * 60_000 - 1;
    expect(kidOf(await issueToken(person))).toBe(first);
    now += 1;
    expect(kidOf(await issueToken(person))).toBe(both[1]);
    expect(await published(person)).toEqual(both);
    now += 15 * 60_000;
    expect(await published(person)).toEqual([both[1]]);
  });

  it('go on for a quarter of an hour where nobody asked for months, so that the next is known before it signs', async () => {
    const person = await someone();
    const first = kidOf(await issueToken(person));
    now = start + 200 * day;
    expect(kidOf(await issueToken(person))).toBe(first);
    now += 15 * 60_000;
    expect(kidOf(await issueToken(person))).not.toBe(first);
  });

  it('are published without their private part, which the database has encrypted only', async () => {
    const person = await someone();
    await issueToken(person);
    const { keys } = await publicKeys(person);
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    const [row] = await people.rows<{ private_key: string }>('select private_key from identity.jwks');
    expect(row?.private_key).toMatch(/^\$ba\$1\$/);
  });

  it('open with a secret that another follows, and not without it', async () => {
    const person = await someone();
    const kid = kidOf(await issueToken(person));
    const former = { version: 1, value: 'q8Zt1mP0vY7sKd3LxN6wRb9uHj2cFg5eTa4oIk' };
    const next = { version: 2, value: 'a second secret that follows the first one' };
    const rotated = people.identityWith({ secrets: [next, former], clock: () => new Date(now) });
    expect(kidOf(await issueToken({ ...person, ...rotated }))).toBe(kid);
    const unknowing = people.identityWith({ secrets: [next], clock: () => new Date(now) });
    await expect(issueToken({ ...person, ...unknowing })).rejects.toThrow();
  });
});
