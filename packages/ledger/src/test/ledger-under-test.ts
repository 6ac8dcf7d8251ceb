import { createHash } from 'node:crypto';
import type { TenantTransaction } from '@tributary/db/transaction';
import { foldRecords } from '../fold.ts';
import { expireHolds, hold, resolveHolds } from '../hold.ts';
import { expireLots, releaseLots } from '../lots.ts';
import { type Leg, type Posting, post } from '../post.ts';
import { reverse } from '../reverse.ts';
import { nobody } from './books.ts';
import type { ModelHold, ModelLeg, ModelPosting, ModelReversal } from './model.ts';
import type { Hours, LotTerms } from './model-lots.ts';

const effectiveAt = new Date('2026-01-01T00:00:00Z');
const dateOf = (hours: Hours) => new Date(effectiveAt.getTime() + hours * 3_600_000);

/** The id of an origin, the same in every organization. */
export const originId = (name: string) => `00000000-0000-7000-8000-00000000000${name.slice('origin '.length)}`;

/** As the database derives it, so that a posting can be named before it is there. */
function postingId(orgId: string, key: string): string {
  const digest = createHash('sha256')
    .update(Buffer.from(orgId.replaceAll('-', ''), 'hex'))
    .update(key)
    .digest('hex');
  return digest.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The real ledger behind the words of the model: takes its names, answers its outcomes. */
export class LedgerUnderTest {
  readonly #orgId: string;
  readonly #accounts: ReadonlyMap<string, string>;
  /** Ids of holds by key. */
  readonly holds = new Map<string, string>();

  constructor(orgId: string, accounts: ReadonlyMap<string, string>) {
    this.#orgId = orgId;
    this.#accounts = accounts;
  }

  async post(tx: TenantTransaction, batch: readonly ModelPosting[]): Promise<string[]> {
    const wanted = batch.flatMap(({ legs }) => legs.flatMap(({ prefers }) => prefers ?? []));
    const lots = wanted.some((name) => name.startsWith('lot ')) ? await this.#lotIds(tx) : [];
    const results = await post(
      tx,
      batch.map(
        ({ key, kind, overdraw, legs }): Posting => ({
          key,
          kind,
          effectiveAt,
          overdraw,
          legs: legs.map((leg) => this.#leg(leg, lots)),
        }),
      ),
    );
    return results.map(({ outcome }) => outcome);
  }

  async hold(tx: TenantTransaction, batch: readonly ModelHold[]): Promise<string[]> {
    const results = await hold(
      tx,
      batch.map(({ key, debit, credit, amount, expiresAt }) => ({
        key,
        debitAccountId: this.#accountId(debit),
        creditAccountId: this.#accountId(credit),
        amount,
        expiresAt: dateOf(expiresAt),
      })),
    );
    for (const result of results) if ('holdId' in result) this.holds.set(result.key, result.holdId);
    return results.map(({ outcome }) => outcome);
  }

  async resolve(tx: TenantTransaction, asked: readonly [key: string, amount: number | null][], at: Hours) {
    const resolutions = asked.map(([key, amount]) => ({ holdId: this.holds.get(key) ?? nobody, amount }));
    const results = await resolveHolds(tx, resolutions, { kind: 'capture', at: dateOf(at) });
    return results.map(({ outcome }) => outcome);
  }

  async expireHolds(tx: TenantTransaction, at: Hours, limit: number): Promise<string[]> {
    const keys = new Map([...this.holds].map(([key, id]) => [id, key]));
    const ids = await expireHolds(tx, { at: dateOf(at), limit });
    return ids.map((id) => keys.get(id) ?? id);
  }

  async reverse(tx: TenantTransaction, { key, original, part, overdraw }: ModelReversal): Promise<string> {
    const held = original.startsWith('hold:') ? this.holds.get(original.slice('hold:hold '.length)) : undefined;
    const { outcome } = await reverse(tx, {
      key,
      postingId: postingId(this.#orgId, held ? `hold:${held}` : original),
      kind: overdraw ? 'clawback' : 'reversal',
      effectiveAt,
      overdraw,
      ...(part !== null && { amount: part }),
    });
    return outcome;
  }

  expireLots(tx: TenantTransaction, at: Hours, limit: number, into: string): Promise<number> {
    return expireLots(tx, { at: dateOf(at), limit, intoAccountId: this.#accountId(into) });
  }

  releaseLots(tx: TenantTransaction, at: Hours, limit: number): Promise<number> {
    return releaseLots(tx, { at: dateOf(at), limit });
  }

  fold(tx: TenantTransaction): Promise<number> {
    return foldRecords(tx);
  }

  #accountId(code: string): string {
    return this.#accounts.get(code) ?? nobody;
  }

  #leg({ account, amount, lot, prefers }: ModelLeg, lots: readonly string[]): Leg {
    return {
      accountId: this.#accountId(account),
      amount,
      ...(lot && { lot: this.#lot(lot) }),
      ...(prefers !== undefined && { prefers: this.#idOf(prefers, lots) }),
    };
  }

  #lot({ expiresAt, origin, release }: LotTerms): NonNullable<Leg['lot']> {
    return {
      expiresAt: expiresAt === null ? null : dateOf(expiresAt),
      ...(origin !== null && { origin: originId(origin) }),
      ...(release && { release: { at: dateOf(release.at), accountId: this.#accountId(release.to) } }),
    };
  }

  #idOf(name: string, lots: readonly string[]): string {
    if (name.startsWith('origin ')) return originId(name);
    if (name.startsWith('lot ')) return lots[Number(name.slice('lot '.length))] ?? nobody;
    return postingId(this.#orgId, name);
  }

  async #lotIds(tx: TenantTransaction): Promise<string[]> {
    const rows = await tx.query<{ id: string }>('select id from ledger.lots where org_id = $1 order by id', [tx.orgId]);
    return rows.map(({ id }) => id);
  }
}
