import { ProviderError } from '@tributary/core/provider-error';
import type { OAuthClient } from '@tributary/core/token-set';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openVault, type Vault } from './credential.fixture.ts';
import { findDue } from './find-due.ts';
import { type SimulatedProvider, simulateXero } from './providers.fixture.ts';
import { revokeCredential } from './revoke-credential.ts';
import type { CredentialKey } from './stored-credential.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

describe('organisations that were authorised at Xero and not chosen', () => {
  let vault: Vault;
  let provider: SimulatedProvider;
  beforeAll(async () => {
    vault = await openVault();
  });
  beforeEach(() => {
    provider = simulateXero(vault.clock);
    vault.reports.length = 0;
  });

  interface Offer extends CredentialKey {
    accountRefs: [string, string];
    accessToken: string;
    refreshToken: string;
  }
  /** Somebody authorises both and is to choose. */
  async function offered(orgId?: string): Promise<Offer> {
    const { tokens, accounts } = await provider.authorize();
    const accountRefs = accounts.map(({ accountRef }) => accountRef) as [string, string];
    const owner = orgId ?? (await createOrganization(vault.database));
    const key = await vault.store({ orgId: owner, provider: 'xero', tokens, accountRefs });
    return { ...key, accountRefs, accessToken: tokens.accessToken, refreshToken: tokens.refreshToken ?? '' };
  }
  async function choose(offer: Offer, accountRef: string): Promise<string> {
    const connectionId = await vault.connect(offer.orgId, 'xero', accountRef);
    await vault.attach(offer, connectionId);
    return connectionId;
  }
  /** As the schedule does. What the provider was asked to end. */
  async function end({ orgId, credentialId }: CredentialKey, revoke: OAuthClient['revoke'] = provider.oauth.revoke) {
    const ended: string[] = [];
    const oauth: OAuthClient = {
      ...provider.oauth,
      revoke: (request) => {
        ended.push(request.accountRef);
        return revoke(request);
      },
    };
    const held = { ...vault.process({ xero: oauth }), system: vault.database.system };
    return { outcome: await revokeCredential(held, { orgId, credentialId }), ended };
  }
  const isDue = async ({ credentialId }: CredentialKey) => {
    const due = await findDue(vault.database.system, { now: vault.clock.now(), renewal: {}, atMost: 1000 });
    return due.some((one) => one.credentialId === credentialId && one.kind === 'revoke');
  };
  /** Of a user whose token it is. */
  const opened = async ({ accountRefs }: Offer, accessToken: string) => {
    const isOpen = await Promise.all(
      accountRefs.map((accountRef) => provider.oauth.opens?.({ accountRef, accessToken })),
    );
    return accountRefs.filter((_, index) => isOpen[index]);
  };
  const freshToken = async (offer: Offer) => (await provider.oauth.refresh(offer)).accessToken;

  it('are ended there a day later when none was, and the tokens with the last of them', async () => {
    const offer = await offered();
    await vault.clock.advance(dayMs - 1);
    expect(await isDue(offer)).toBe(false);
    await vault.clock.advance(1);
    expect(await isDue(offer)).toBe(true);
    const { outcome, ended } = await end(offer);
    expect([outcome, ended]).toEqual(['erased', offer.accountRefs.toSorted()]);
    expect(await vault.look(offer)).toMatchObject({ status: 'erased', reason: 'revoked', unchosen_refs: [] });
    await expect(provider.oauth.refresh(offer)).rejects.toMatchObject({ kind: 'unauthorized' });
    expect(await isDue(offer)).toBe(false);
  });

  it('are ended there a day and an hour later, and the chosen one goes on', async () => {
    const offer = await offered();
    const [chosen, other] = offer.accountRefs;
    const connectionId = await choose(offer, chosen);
    await vault.clock.advance(dayMs + hourMs - 1);
    expect(await isDue(offer)).toBe(false);
    expect(await end(offer)).toEqual({ outcome: 'in_use', ended: [] });
    await vault.clock.advance(1);
    expect(await isDue(offer)).toBe(true);
    expect(await end(offer)).toEqual({ outcome: 'in_use', ended: [other] });
    expect(await vault.look(offer)).toMatchObject({ status: 'active', unchosen_refs: [] });
    const { withToken } = vault.process({ xero: provider.oauth });
    const used = await withToken({ orgId: offer.orgId, connectionId }, async (access) => {
      await provider.use(access);
      return access;
    });
    expect(await opened(offer, used.accessToken)).toEqual([chosen]);
    expect(await isDue(offer)).toBe(false);
  });

  it('are none any more once they are chosen, at the last moment too', async () => {
    const offer = await offered();
    await choose(offer, offer.accountRefs[0]);
    await vault.clock.advance(dayMs - 1);
    await choose(offer, offer.accountRefs[1]);
    await vault.clock.advance(dayMs);
    expect(await isDue(offer)).toBe(false);
    expect(await end(offer)).toEqual({ outcome: 'in_use', ended: [] });
    expect(await opened(offer, await freshToken(offer))).toEqual(offer.accountRefs);
  });

  it('are left to the last authorisation that offers them', async () => {
    const first = await offered();
    await vault.clock.advance(hourMs);
    const last = await offered(first.orgId);
    await vault.clock.advance(dayMs - hourMs);
    expect(await end(first)).toEqual({ outcome: 'erased', ended: [] });
    await choose(last, last.accountRefs[0]);
    await vault.clock.advance(2 * hourMs);
    expect(await end(last)).toEqual({ outcome: 'in_use', ended: [last.accountRefs[1]] });
  });

  it('are left to another organization that has connected them', async () => {
    const theirs = await offered();
    await choose(theirs, theirs.accountRefs[0]);
    const offer = await offered();
    await vault.clock.advance(dayMs);
    expect(await end(offer)).toEqual({ outcome: 'erased', ended: [offer.accountRefs[1]] });
    expect(await opened(theirs, await freshToken(theirs))).toEqual([theirs.accountRefs[0]]);
  });

  it('end with the connection that was chosen beside them', async () => {
    const offer = await offered();
    const connectionId = await choose(offer, offer.accountRefs[0]);
    await vault.database.superuser.query(
      `with ended as (
         update sync.connections set status = 'disconnected', disconnected_at = now(), next_run_at = null where id = $1 returning id
       )
       update sync.routes set active = false where connection_id in (select id from ended)`,
      [connectionId],
    );
    const { outcome, ended } = await end(offer);
    expect([outcome, ended.toSorted()]).toEqual(['erased', offer.accountRefs.toSorted()]);
  });

  it('are tried again while Xero is away, ever later, and given up after another day', async () => {
    const offer = await offered();
    await choose(offer, offer.accountRefs[0]);
    await vault.clock.advance(dayMs + hourMs);
    const away = () => Promise.reject(new ProviderError('unavailable', 'away'));
    await expect(end(offer, away)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await isDue(offer)).toBe(false);
    await vault.clock.advance(minuteMs);
    expect(await isDue(offer)).toBe(true);
    await vault.clock.advance(dayMs - minuteMs);
    expect(await end(offer, away)).toMatchObject({ outcome: 'in_use' });
    expect(vault.reports).toMatchObject([{ level: 'ERROR', event: 'revocation_given_up' }]);
    expect(await vault.look(offer)).toMatchObject({ status: 'active', unchosen_refs: [], failures: 0, retry_at: null });
  });
});
