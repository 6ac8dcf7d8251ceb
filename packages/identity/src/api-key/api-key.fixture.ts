import { hashSecret, readApiKey } from '@tributary/core/api-key';
import { readId } from '@tributary/core/ids';
import { withTenant } from '@tributary/db/transaction';
import type { TestDatabase } from '@tributary/testing/database';
import { Firm } from '../member/people.fixture.ts';
import { createApiKey } from './create-api-key.ts';
import { findApiKey } from './find-api-key.ts';
import { listApiKeys } from './list-api-keys.ts';
import { revokeApiKey } from './revoke-api-key.ts';

const start = new Date('2026-11-20T20:00:00Z');
const environment = 'live' as const;

/** So many seconds after keys are made. */
export const after = (seconds: number) => new Date(start.getTime() + seconds * 1_000);

/** What a look-up asks for. */
export function parts(key: string) {
  const { id, secret } = readApiKey(environment, key) ?? { id: '', secret: '' };
  return { id, secretHash: hashSecret(secret) };
}

type Wanted = Parameters<typeof createApiKey>[1];

/** Makes, ends and looks up the keys of one organization. */
export class KeyTrade {
  readonly #database: TestDatabase;
  readonly orgId: string;
  #owner: Promise<string> | undefined;

  constructor(database: TestDatabase, orgId: string) {
    this.#database = database;
    this.orgId = orgId;
  }

  get #context() {
    return { database: this.#database.api, orgId: this.orgId };
  }

  async create(change: Partial<Wanted> = {}, { actor = '', now = start } = {}) {
    const wanted: Wanted = { name: 'till', role: 'operator', scopes: ['loyalty:write', 'loyalty:read'], ...change };
    const client = undefined;
    const maker = actor || (await this.owner());
    return withTenant(this.#context, (tx) => createApiKey({ tx, actor: maker, client, environment, now }, wanted));
  }

  /** The subject of who makes keys when nobody else does: employed at the first. */
  owner(): Promise<string> {
    this.#owner ??= new Firm(this.#database, this.orgId).employ('owner').then(({ actor }) => actor);
    return this.#owner;
  }

  revoke(apiKeyId: string, now = start) {
    const client = undefined;
    return withTenant(this.#context, (tx) =>
      revokeApiKey({ tx, actor: 'bob', client, environment, now }, { apiKeyId }),
    );
  }

  list() {
    return listApiKeys({ ...this.#context, environment }, { limit: 100 });
  }

  find(key: string, at = after(1)) {
    return findApiKey(this.#database.api, { ...parts(key), at });
  }

  /** Past every policy. */
  async row(apiKeyId: string) {
    const { rows } = await this.#database.superuser.query('select * from identity.api_keys where id = $1', [
      readId('apiKey', apiKeyId),
    ]);
    return rows[0];
  }
}
