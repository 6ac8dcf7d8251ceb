import { inspect } from 'node:util';
import { AppError } from '@tributary/core/errors';
import type { OAuthClient, TokenSet } from '@tributary/core/token-set';
import { withSystem } from '@tributary/db/transaction';
import { beforeAll, describe, expect, it } from 'vitest';
import { disconnect } from '../connection/connect.ts';
import { openVault, type Vault } from './credential.fixture.ts';
import { intercept } from './intercept.fixture.ts';
import { type SimulatedProvider, simulateClover, simulations } from './providers.fixture.ts';
import { renew } from './renew.ts';
import { resealCredentials } from './reseal-credentials.ts';
import { revokeCredential } from './revoke-credential.ts';
import { readCredential, type StoredCredential } from './stored-credential.ts';

const faults = ['server_error', 'rate_limited_seconds', 'reset_after_commit', 'malformed', 'html', 'empty'] as const;

describe('whatever goes wrong', () => {
  let vault: Vault;
  beforeAll(async () => {
    vault = await openVault();
  });

  /** The provider's client, every token that it brings being written down. */
  function overheard(provider: SimulatedProvider) {
    const tokens = new Set<string>();
    const hear = (set: TokenSet) => {
      for (const token of [set.accessToken, set.refreshToken]) if (token !== null) tokens.add(token);
      return set;
    };
    const refresh: OAuthClient['refresh'] = async (request) => hear(await provider.oauth.refresh(request));
    return { tokens, hear, oauth: { ...provider.oauth, refresh } };
  }

  it.each(['square', 'clover', 'xero'] as const)(
    'no report, error, log line or row tells a token of %s',
    async (name) => {
      const provider = simulations[name](vault.clock);
      const { tokens, hear, oauth } = overheard(provider);
      const authorized = await provider.authorize();
      hear(authorized.tokens);
      const { region } = provider;
      const accountRef = authorized.accounts[0]?.accountRef ?? '';
      const shop = await vault.open({ provider: name, accountRef, region, tokens: authorized.tokens });
      const said: unknown[] = [];
      const hearError = (error: unknown) => said.push(error);
      const written = recordOutput();
      const now = async () => (await readCredential(vault.database.worker, shop)) as StoredCredential;
      const process = vault.process({ [name]: oauth });

      for (const fault of faults) {
        provider.disturbRenewal(fault);
        await renew(process, await now()).catch(hearError);
      }
      const broken = intercept(vault.database.worker, (statement, run) =>
        statement.includes('with saved as') ? Promise.reject(new AppError('unavailable', 'away')) : run(),
      );
      const pause = async () => undefined;
      await renew(vault.process({ [name]: oauth }, { worker: broken, pause }), await now()).catch(hearError);
      await vault.endLease(shop);
      said.push(await renew(process, await now()));
      await process
        .withToken(shop, ({ accessToken }) => Promise.reject(new Error(accessToken.slice(0, 0))))
        .catch(hearError);
      vault.kms.disturb({ error: 'AccessDeniedException', times: 2 });
      await vault
        .process({ [name]: oauth })
        .withToken(shop, provider.use)
        .catch(hearError);
      vault.kms.disturb({ times: 0 });
      await swapTokens(shop.credentialId);
      await process.withToken(shop, provider.use).catch(hearError);
      const report = (...words: unknown[]) => said.push(words);
      const { system } = vault.database;
      const strange = { ...vault.envelope(), isCurrent: () => false };
      said.push(await resealCredentials({ system, envelope: strange, report }, { atMost: 10 }));
      await swapTokens(shop.credentialId);
      await withSystem(system, (tx) =>
        tx.query('update sync.connections set next_run_at = null where id = $1', [shop.connectionId]),
      );
      const at = new Date();
      await withSystem(system, (tx) => disconnect(tx, { orgId: shop.orgId, connectionId: shop.connectionId, at }));
      const revoke: OAuthClient['revoke'] = (request) => provider.oauth.revoke({ ...request, accountRef: 'nobody' });
      const revoking = { ...vault.process({ [name]: { ...oauth, revoke } }), system };
      await revokeCredential(revoking, shop).catch(hearError);

      said.push(vault.reports, ...written.stop(), await rows());
      expect(tokens.size).toBeGreaterThan(2);
      expect(vault.reports.length).toBeGreaterThan(5);
      const heard = said
        .map((one) => `${inspect(one, { depth: 20, showHidden: true })} ${JSON.stringify(one)}`)
        .join('\n');
      for (const token of tokens) expect(heard.includes(token)).toBe(false);
    },
  );

  it('the listener hears a token that is told', async () => {
    const provider = simulateClover(vault.clock);
    const { hear, tokens } = overheard(provider);
    const { accessToken } = hear((await provider.authorize()).tokens);
    const written = recordOutput();
    process.stdout.write(accessToken);
    expect(written.stop().some((text) => [...tokens].some((token) => text.includes(token)))).toBe(true);
  });

  const swapTokens = (credentialId: string) =>
    vault.database.superuser.query(
      `update sync.credentials set sealed_access_token = sealed_refresh_token, sealed_refresh_token = sealed_access_token where id = $1`,
      [credentialId],
    );
  const rows = async () => (await vault.database.superuser.query('select k::text from sync.credentials k')).rows;
});

/** What is written to the standard streams from now on is kept instead. */
function recordOutput() {
  const texts: string[] = [];
  const streams = [process.stdout, process.stderr];
  const writes = streams.map((stream) => stream.write);
  for (const stream of streams) stream.write = (text: string | Uint8Array) => texts.push(String(text)) > 0;
  return {
    stop: (): string[] => {
      for (const [index, stream] of streams.entries()) stream.write = writes[index] as typeof stream.write;
      return texts;
    },
  };
}
