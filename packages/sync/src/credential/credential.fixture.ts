import type { OAuthClient, TokenSet } from '@tributary/core/token-set';
import { createEnvelope, type Envelope } from '@tributary/credentials/envelope';
import { createKmsClient } from '@tributary/credentials/kms-client';
import { wrappingKey } from '@tributary/credentials/wrapping-key';
import { withSystem } from '@tributary/db/transaction';
import { type LocalKms, startKms } from '@tributary/local/kms';
import { createVirtualClock, type VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { afterAll } from 'vitest';
import { connect } from '../connection/connect.ts';
import { type AccessTokens, createAccessTokens } from './access-tokens.ts';
import { attachCredential } from './attach-credential.ts';
import type { ProviderName } from './providers.fixture.ts';
import type { RenewalDependencies } from './renewal-dependencies.ts';
import { sealTokens } from './seal-tokens.ts';
import { newCredentialId, storeCredential } from './store-credential.ts';
import type { CredentialKey } from './stored-credential.ts';

export interface Reported extends Record<string, unknown> {
  level: string;
  event: string;
}

/** A connection with a credential. */
export interface Shop extends CredentialKey {
  connectionId: string;
  accountRef: string;
}

/** What one suite works with: a database, a key service and a clock that the tests move. */
export interface Vault {
  database: TestDatabase;
  kms: LocalKms;
  clock: VirtualClock;
  reports: Reported[];
  /** What one process holds: an envelope of its own, and the clients given. */
  process(
    oauth: Record<string, OAuthClient>,
    changed?: Partial<RenewalDependencies>,
  ): RenewalDependencies & AccessTokens;
  envelope(keyArns?: readonly [string, ...string[]]): Envelope;
  store(of: {
    orgId: string;
    provider: ProviderName;
    region?: string | null;
    tokens: TokenSet;
    /** None unless told. */
    accountRefs?: readonly string[];
  }): Promise<CredentialKey>;
  attach(key: CredentialKey, ...connectionIds: string[]): Promise<void>;
  connect(orgId: string, provider: ProviderName, accountRef: string): Promise<string>;
  /** An organization with one connection of that account. */
  open(of: { provider: ProviderName; accountRef: string; region?: string | null; tokens: TokenSet }): Promise<Shop>;
  look(key: CredentialKey): Promise<Record<string, unknown>>;
  lookAt(connectionId: string): Promise<Record<string, unknown>>;
  /** As a lease ends by time. */
  endLease(key: CredentialKey): Promise<void>;
}

export async function openVault(now = new Date('2026-11-21T09:00:00Z')): Promise<Vault> {
  const database = await testDatabase();
  const kms = await startKms();
  afterAll(() => kms.stop());
  const clock = createVirtualClock(now);
  const reports: Reported[] = [];
  const envelope: Vault['envelope'] = (keyArns = [kms.keyArn]) => {
    const [current, ...former] = keyArns;
    const keys = [wrappingKey(current), ...former.map(wrappingKey)] as const;
    return createEnvelope({ kms: createKmsClient(clientOptions(kms)), keys: [...keys], clock: clock.now });
  };
  const report: RenewalDependencies['report'] = (level, event, fields) => reports.push({ level, event, ...fields });
  const stores = createStores(database, envelope(), clock);
  return {
    database,
    kms,
    clock,
    reports,
    envelope,
    process: (oauth, changed = {}) => {
      const held = { worker: database.worker, envelope: envelope(), oauth, clock: clock.now, report, ...changed };
      return { ...held, ...createAccessTokens(held) };
    },
    ...stores,
    open: async ({ provider, accountRef, ...rest }) => {
      const orgId = await createOrganization(database);
      const connectionId = await stores.connect(orgId, provider, accountRef);
      const key = await stores.store({ orgId, provider, ...rest });
      await stores.attach(key, connectionId);
      return { ...key, connectionId, accountRef };
    },
    ...createViews(database),
  };
}

function clientOptions({ url }: LocalKms) {
  return {
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
}

function createStores(database: TestDatabase, envelope: Envelope, clock: VirtualClock) {
  return {
    store: async ({ orgId, provider, region = null, tokens, accountRefs = [] }: Parameters<Vault['store']>[0]) => {
      const key = { orgId, credentialId: await newCredentialId(database.system) };
      const sealed = await sealTokens(envelope, key, tokens);
      const asked = { ...key, provider, region, scopesAsked: ['all'], accountRefs, tokens: sealed, at: clock.now() };
      await withSystem(database.system, (tx) => storeCredential(tx, asked));
      return key;
    },
    attach: ({ orgId, credentialId }: CredentialKey, ...connectionIds: string[]) => {
      const attached = { orgId, credentialId, connectionIds, at: clock.now() };
      return withSystem(database.system, (tx) => attachCredential(tx, attached));
    },
    connect: async (orgId: string, provider: ProviderName, accountRef: string) => {
      const account = { orgId, provider, accountRef };
      return (await withSystem(database.system, (tx) => connect(tx, account))).connectionId;
    },
  };
}

function createViews({ superuser }: TestDatabase) {
  return {
    look: async ({ credentialId }: CredentialKey) => {
      const { rows } = await superuser.query('select * from sync.credentials where id = $1', [credentialId]);
      return { ...rows[0], version: Number(rows[0].version) };
    },
    lookAt: async (connectionId: string) => {
      const { rows } = await superuser.query('select * from sync.connections where id = $1', [connectionId]);
      return rows[0];
    },
    endLease: async ({ credentialId }: CredentialKey) => {
      const { rowCount } = await superuser.query(
        `update sync.credentials set leased_until = now() - interval '1 second' where id = $1 and lease is not null`,
        [credentialId],
      );
      if (rowCount !== 1) throw new Error('There was no lease to end.');
    },
  };
}
