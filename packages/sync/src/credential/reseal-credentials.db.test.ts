import type { OAuthClient } from '@tributary/core/token-set';
import type { Envelope } from '@tributary/credentials/envelope';
import type { Database } from '@tributary/db/connection';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openVault, type Vault } from './credential.fixture.ts';
import { intercept } from './intercept.fixture.ts';
import { renew } from './renew.ts';
import { resealCredentials } from './reseal-credentials.ts';
import { type CredentialKey, placeOf, readCredential, type StoredCredential } from './stored-credential.ts';

const fields = [
  ['access_token', 'sealed_access_token'],
  ['refresh_token', 'sealed_refresh_token'],
  ['former_refresh_token', 'former_refresh_token'],
] as const;

class Killed extends Error {}

describe('sealing all credentials under a new key', () => {
  let vault: Vault;
  let keyArns: [string, string];
  beforeAll(async () => {
    vault = await openVault();
    keyArns = [await newKey(vault.kms.url), vault.kms.keyArn];
  });
  beforeEach(() => vault.database.superuser.query('delete from sync.credentials'));

  /** As a provider that renews with tokens of its own making. */
  let pairs = 0;
  const nextTokens = () => {
    pairs += 1;
    return {
      accessToken: `access ${pairs}`,
      refreshToken: `refresh ${pairs}`,
      accessExpiresAt: new Date('2027-01-01T00:00:00Z'),
      refreshExpiresAt: null,
      scopes: null,
    };
  };
  const oauth = {
    renewal: { renewAfterMs: null, alertAfterMs: null, idleLimitMs: null, rotates: true, formerTokenGraceMs: 1 },
    refresh: async () => nextTokens(),
  } as Partial<OAuthClient> as OAuthClient;

  async function stored(): Promise<CredentialKey> {
    const orgId = await createOrganization(vault.database);
    return vault.store({ orgId, provider: 'xero', tokens: nextTokens() });
  }
  async function renewWith(envelope: Envelope, key: CredentialKey): Promise<void> {
    const credential = (await readCredential(vault.database.worker, key)) as StoredCredential;
    await renew(vault.process({ xero: oauth }, { envelope }), credential);
  }
  async function tokensOf(envelope: Envelope, key: CredentialKey): Promise<(string | null)[]> {
    const row = await vault.look(key);
    const open = (field: (typeof fields)[number][0], sealed: unknown) =>
      sealed === null ? null : envelope.open(placeOf(key, field), sealed);
    return Promise.all(fields.map(([field, column]) => open(field, row[column])));
  }
  async function allTokens(envelope: Envelope, keys: readonly CredentialKey[]) {
    const tokens: Awaited<ReturnType<typeof tokensOf>>[] = [];
    for (const key of keys) tokens.push(await tokensOf(envelope, key));
    return tokens;
  }
  const report = () => expect.fail('it was reported');
  const walk = async (envelope: Envelope, atMost: number, system: Database = vault.database.system) => {
    const parts: { examined: number; resealed: number }[] = [];
    let after: CredentialKey | null | undefined;
    do {
      const { next, ...counts } = await resealCredentials(
        { system, envelope, report },
        { atMost, ...(after && { after }) },
      );
      parts.push(counts);
      after = next;
    } while (after);
    return parts;
  };

  it('walks all organizations in parts, and a second time changes nothing', async () => {
    const keys = [await stored(), await stored(), await stored()];
    for (const key of keys) await renewWith(vault.envelope(), key);
    const [first] = keys as [CredentialKey];
    const before = await allTokens(vault.envelope(), keys);
    const version = (await vault.look(first)).version;
    const both = vault.envelope(keyArns);
    expect((await walk(both, 2)).map(({ resealed }) => resealed)).toEqual([2, 1]);
    expect((await walk(both, 2)).map(({ resealed }) => resealed)).toEqual([0, 0]);
    const newOnly = vault.envelope([keyArns[0]]);
    expect(await allTokens(newOnly, keys)).toEqual(before);
    expect(before.flat()).not.toContain(null);
    expect(await vault.look(first)).toMatchObject({ version });
  });

  it('a row that nobody can read is reported, left as it is, and stops no other', async () => {
    const [bad, good] = [await stored(), await stored()];
    await vault.database.superuser.query(
      'update sync.credentials b set sealed_access_token = g.sealed_access_token from sync.credentials g where b.id = $1 and g.id = $2',
      [bad.credentialId, good.credentialId],
    );
    const before = await vault.look(bad);
    const reported: unknown[] = [];
    const both = vault.envelope(keyArns);
    const counts = await resealCredentials(
      { system: vault.database.system, envelope: both, report: (...words) => reported.push(words) },
      { atMost: 10 },
    );
    expect(counts).toEqual({ examined: 2, resealed: 1, unreadable: 1, next: null });
    expect(reported).toEqual([['ERROR', 'credential_unreadable', { ...bad, provider: 'xero' }]]);
    expect(await vault.look(bad)).toEqual(before);
  });

  it('a renewal that is under way meanwhile wins', async () => {
    const key = await stored();
    const both = vault.envelope(keyArns);
    const refresh: OAuthClient['refresh'] = async () => {
      expect(await walk(both, 10)).toMatchObject([{ resealed: 1 }]);
      return nextTokens();
    };
    const credential = (await readCredential(vault.database.worker, key)) as StoredCredential;
    const [, refreshToken] = await tokensOf(both, key);
    await renew(vault.process({ xero: { ...oauth, refresh } }), credential);
    expect(await tokensOf(both, key)).toEqual([`access ${pairs}`, `refresh ${pairs}`, refreshToken]);
  });

  it('what was erased while it was sealed stays erased', async () => {
    const key = await stored();
    const both = vault.envelope(keyArns);
    const erasing: Envelope = {
      ...both,
      reseal: async (place, sealed) => {
        await vault.database.superuser.query(
          `update sync.credentials set status = 'erased', version = version + 1, sealed_access_token = null, sealed_refresh_token = null where id = $1`,
          [key.credentialId],
        );
        return both.reseal(place, sealed);
      },
    };
    expect(await walk(erasing, 10)).toMatchObject([{ examined: 1, resealed: 0 }]);
    expect(await vault.look(key)).toMatchObject({ status: 'erased', sealed_access_token: null });
  });

  it('killed at any step, with renewals by old and new processes at any step, it leaves no row unreadable and no pair old', async () => {
    const both = vault.envelope(keyArns);
    const old = vault.envelope([keyArns[1], keyArns[0]]);
    let steps = 0;
    for (const renewing of [null, old, both]) {
      for (const isKilled of [true, false]) {
        for (let step = 1; ; step += 1) {
          const [one, two] = [await stored(), await stored()];
          await renewWith(old, one);
          let passed = 0;
          let renewal = Promise.resolve();
          /** Every await of the walk comes by here, before and after. */
          const at: At = async ({ holdsRow }) => {
            passed += 1;
            if (passed !== step) return;
            if (renewing !== null) renewal = renewWith(renewing, one);
            // Who holds the row is waited for by the renewal, and so cannot wait for it.
            if (!holdsRow) await renewal;
            if (isKilled) throw new Killed();
          };
          const system = stepping(vault.database.system, at);
          const done = await walk(steppingEnvelope(both, at), 10, system).then(
            () => true,
            () => false,
          );
          await renewal;
          const isThrough = passed < step;
          // The newest pair is that of the last renewal of the first row; it opens in old and new processes alike.
          for (const envelope of [old, both]) {
            expect((await tokensOf(envelope, one))[0]).toBe(`access ${pairs}`);
            expect(await tokensOf(envelope, two)).toHaveLength(3);
          }
          await walk(both, 10);
          for (const key of [one, two]) await tokensOf(vault.envelope([keyArns[0]]), key);
          await vault.database.superuser.query('delete from sync.credentials');
          steps += 1;
          if (isThrough) break;
          expect(done).toBe(!isKilled);
        }
      }
    }
    expect(steps).toBeGreaterThan(100);
  }, 120_000);
});

type At = (moment: { holdsRow: boolean }) => Promise<void>;

function steppingEnvelope(envelope: Envelope, at: At): Envelope {
  return {
    ...envelope,
    reseal: async (place, sealed) => {
      await at({ holdsRow: false });
      const resealed = await envelope.reseal(place, sealed);
      await at({ holdsRow: false });
      return resealed;
    },
  };
}

/** Comes by `at` before and after each statement. */
function stepping(database: Database, at: At): Database {
  let holdsRow = false;
  return intercept(database, async (statement, run) => {
    if (statement === 'rollback') return run();
    await at({ holdsRow });
    const answer = await run();
    holdsRow = statement.startsWith('update');
    await at({ holdsRow });
    return answer;
  });
}

/** A second key, as people make one in KMS. */
async function newKey(url: string): Promise<string> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: 'AWS4-HMAC-SHA256 local', 'x-amz-target': 'TrentService.CreateKey' },
    body: '{}',
  });
  const { KeyMetadata } = (await answer.json()) as { KeyMetadata: { Arn: string } };
  return KeyMetadata.Arn;
}
