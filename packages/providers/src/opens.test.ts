import type { OAuthClient } from '@tributary/core/token-set';
import { createCloverSandbox } from '@tributary/sandbox/clover/clover-sandbox';
import { createVirtualClock, type VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { createXeroSimulator } from '@tributary/sandbox/xero/simulator';
import { beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../test/oauth-flow.ts';
import { createCloverOAuth } from './clover/oauth.ts';
import { createXeroOAuth } from './xero/oauth.ts';

const redirectUrl = 'http://127.0.0.1/callback';

interface Stand {
  oauth: OAuthClient;
  accountRef: string;
  /** The next time somebody asks for it fails. */
  disturb(): void;
  withdraw(): void;
  authorize(): Promise<string>;
}

function authorizer(oauth: OAuthClient, fetch: typeof globalThis.fetch, region?: string) {
  const where = region === undefined ? {} : { region };
  return async () => {
    const page = await fetch(oauth.authorizeUrl({ state: 's', redirectUrl, ...where }), { redirect: 'manual' });
    const callback = Object.fromEntries(new URL(page.headers.get('location') ?? '').searchParams);
    return (await oauth.exchange({ callback, redirectUrl, ...where })).tokens.accessToken;
  };
}

const stands: Readonly<Record<string, (clock: VirtualClock) => Stand>> = {
  Clover: (timeline) => {
    const id = 'DRKVJT2ZRRRSC';
    const secret = 'canary-secret';
    const sandbox = createCloverSandbox({ timeline, merchants: [{ id: 'M1' }, { id: 'M2' }], app: { id, secret } });
    const oauth = createCloverOAuth({
      ...{ clientId: id, clientSecret: secret },
      guard: { fetch: sandbox.fetch, clock: timeline.now },
    });
    return {
      oauth,
      accountRef: 'M1',
      disturb: () => sandbox.faults.plan({ fault: 'server_error', on: ({ path }) => path.startsWith('/v3') }),
      withdraw: () => sandbox.uninstall('M1'),
      authorize: authorizer(oauth, sandbox.fetch, 'eu'),
    };
  },
  Xero: (timeline) => {
    const organisations = [{ name: 'Zoo' }, { name: 'Airport' }];
    const sandbox = createXeroSimulator({ timeline, organisations });
    const [zoo, airport] = sandbox.organisations.map(({ id }) => id);
    sandbox.answerConsent({ organisations: [zoo ?? '', airport ?? ''] });
    const oauth = createXeroOAuth({ ...sandbox.app, guard: { fetch: sandbox.fetch, clock: timeline.now } });
    return {
      oauth,
      accountRef: zoo ?? '',
      disturb: () => sandbox.faults.plan({ fault: 'server_error', on: ({ path }) => path === '/connections' }),
      withdraw: () => sandbox.disconnect(zoo ?? ''),
      authorize: authorizer(oauth, sandbox.fetch),
    };
  },
};

describe.each(Object.keys(stands))('whether a token of %s opens an account', (name) => {
  let clock: VirtualClock;
  let stand: Stand;
  let accessToken: string;
  beforeEach(async () => {
    clock = createVirtualClock(new Date('2026-11-21T12:00:00Z'));
    stand = (stands[name] as (typeof stands)[string])(clock);
    accessToken = await stand.authorize();
  });
  const opens = (given = accessToken, accountRef = stand.accountRef) =>
    stand.oauth.opens?.({ accountRef, accessToken: given });

  it('is said by the provider, whether or not it is known where the account is', async () => {
    expect(await opens()).toBe(true);
  });

  it('is denied of another’s account, of a token that is none, and of one that has ended', async () => {
    expect(await opens(accessToken, name === 'Clover' ? 'M2' : '00000000-0000-4000-8000-000000000000')).toBe(false);
    expect(await opens('never')).toBe(false);
    await clock.advance(2 * 60 * 60_000);
    expect(await opens()).toBe(false);
  });

  it('is denied once access was withdrawn', async () => {
    stand.withdraw();
    expect(await opens()).toBe(false);
  });

  it('is not known while the provider is away', async () => {
    stand.disturb();
    const failure = await failureOf(opens() as Promise<boolean>, [accessToken, 'canary-secret']);
    expect(failure.kind).toBe('unavailable');
    expect(await opens()).toBe(true);
  });
});
