import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { audience, issuerName, KeyServer, newKey, orgId, token } from '../test/issuer.ts';
import { type Authenticate, type Consumer, consumerAuthenticator, jwtAuthenticator } from './authenticate.ts';

const key = newKey('ed-1');
const attacker = newKey('ed-1');
const server = new KeyServer();
let authenticate: Authenticate<Consumer>;
let authenticateMember: Authenticate;

beforeAll(async () => {
  await server.start(key);
  const settings = { issuer: issuerName, audience, jwksUrl: server.url };
  authenticate = consumerAuthenticator(settings);
  authenticateMember = jwtAuthenticator(settings);
});
afterAll(() => server.stop());

const bearer = (jwt: string) => new Headers({ authorization: `Bearer ${jwt}` });
const consumer = { role: 'consumer', org_id: undefined };
const byEmail = { email: 'Ann@Example.com', email_verified: true };
const byMobile = { phone_number: '+1 (415) 555-0100', phone_number_verified: true };
const contactsOf = async (claims: object) =>
  (await authenticate(bearer(token(key, { ...consumer, ...claims })))).contacts;
const refusalOf = async (asked: Promise<unknown>) => asked.catch(({ code, message }) => [code, message]);
const unauthenticated = ['unauthenticated', 'A valid bearer token is required.'];

describe('a consumer’s token', () => {
  it('says who it is and which contacts are proven, in their one spelling', async () => {
    expect(await authenticate(bearer(token(key, { ...consumer, ...byEmail, ...byMobile })))).toEqual({
      subject: 'user_1',
      role: 'consumer',
      contacts: { email: 'ann@example.com', mobile: '+14155550100' },
    });
  });

  it.each([
    ['no contact', {}, { email: null, mobile: null }],
    ['an address alone', byEmail, { email: 'ann@example.com', mobile: null }],
    ['a number alone', byMobile, { email: null, mobile: '+14155550100' }],
    ['an address that is not verified', { ...byEmail, ...byMobile, email_verified: false }, { email: null }],
    ['a number that is not verified', { ...byEmail, ...byMobile, phone_number_verified: false }, { mobile: null }],
    ['an address of which nothing is said', { email: 'ann@example.com' }, { email: null }],
    ['a number of which nothing is said', { phone_number: '+14155550100' }, { mobile: null }],
    ['the word for the other contact', { email: 'ann@example.com', phone_number_verified: true }, { email: null }],
    ['verified, and no contact', { email_verified: true, phone_number_verified: true }, { email: null, mobile: null }],
    ['no address', { ...byEmail, email: 'ann' }, { email: null }],
    ['an empty one', { ...byEmail, email: '' }, { email: null }],
    ['a number without its country', { ...byMobile, phone_number: '(415) 555-0100' }, { mobile: null }],
    ['an address for a number', { ...byMobile, phone_number: 'ann@example.com' }, { mobile: null }],
  ])('with %s proves no other', async (_what, claims, contacts) => {
    expect(await contactsOf(claims)).toMatchObject(contacts);
  });

  it.each<[string, object]>([
    ['the id of an organization', { ...byEmail, org_id: orgId }],
    ['an organization that is null', { ...byEmail, org_id: null }],
    ['an organization that is no id', { ...byEmail, org_id: '' }],
    ['no role', { ...byEmail, role: undefined }],
    ['an unknown role', { ...byEmail, role: 'root' }],
    ['two roles', { ...byEmail, role: ['consumer', 'owner'] }],
    ['a member’s role and no organization', { ...byEmail, role: 'owner' }],
    ['no subject', { ...byEmail, sub: undefined }],
    ['no end', { ...byEmail, exp: undefined }],
    ['an end that is past', { ...byEmail, exp: Math.floor(Date.now() / 1000) - 31 }],
    ['another audience', { ...byEmail, aud: 'other' }],
    ['another issuer', { ...byEmail, iss: 'https://evil.example' }],
    ['an address verified in words', { ...byEmail, email_verified: 'true' }],
    ['a number verified by one', { ...byMobile, phone_number_verified: 1 }],
    ['a list of addresses', { ...byEmail, email: ['ann@example.com', 'bob@example.com'] }],
    ['a number that is one', { ...byMobile, phone_number: 14155550100 }],
  ])('is refused without a reason with %s', async (_what, claims) => {
    expect(await refusalOf(authenticate(bearer(token(key, { ...consumer, ...claims }))))).toEqual(unauthenticated);
  });

  it('is refused from another key, changed after signing, or not at all there', async () => {
    const [header, , signature] = token(key, { ...consumer, ...byEmail }).split('.');
    const claims = { ...consumer, email: 'bob@example.com', email_verified: true };
    const [, changed] = token(key, claims).split('.');
    const forged = [token(attacker, { ...consumer, ...byEmail }), [header, changed, signature].join('.'), ''];
    for (const jwt of forged) expect(await refusalOf(authenticate(bearer(jwt)))).toEqual(unauthenticated);
  });
});

describe('tokens at the other door', () => {
  it('a member is known, and has no business among consumers', async () => {
    for (const role of ['owner', 'viewer']) {
      const refused = await refusalOf(authenticate(bearer(token(key, { role, ...byEmail }))));
      expect(refused).toEqual(['forbidden', expect.any(String)]);
    }
  });

  it('a consumer is a stranger to an organization, also with its id', async () => {
    for (const claims of [consumer, { ...consumer, org_id: orgId }]) {
      const refused = refusalOf(authenticateMember(bearer(token(key, { ...claims, ...byEmail }))));
      expect(await refused).toEqual(unauthenticated);
    }
  });
});
