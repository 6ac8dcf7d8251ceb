import type { DailyStats } from '@tributary/core/daily-stats';
import { readId, showId } from '@tributary/core/ids';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { balanceNow } from '@tributary/ledger/balance';
import { reconcile } from '@tributary/ledger/reconcile';
import type { TestDatabase } from '@tributary/testing/database';
import type * as z from 'zod';
import { openProgramme, type Programme } from '../account/programme.fixture.ts';
import { changeTerms } from '../sub-affiliate/change-terms.ts';
import { claimTraffic, type trafficClaim } from '../sub-affiliate/claim-traffic.ts';
import { createSubAffiliate, type createSubAffiliateInput } from '../sub-affiliate/create-sub-affiliate.ts';
import { releaseTraffic } from '../sub-affiliate/release-traffic.ts';
import type { Rate } from '../sub-affiliate/sub-affiliate.ts';
import { updateSubAffiliate, type updateSubAffiliateInput } from '../sub-affiliate/update-sub-affiliate.ts';
import { discardDraft } from './discard-draft.ts';
import { draftInvoices } from './draft-invoices.ts';
import { getInvoice } from './get-invoice.ts';
import type { InvoiceDetail } from './invoice.ts';
import { issueInvoice } from './issue-invoice.ts';
import type { BillingContext } from './lock-invoice.ts';
import { payInvoice } from './pay-invoice.ts';
import { voidInvoice } from './void-invoice.ts';

/** Facts are read at noon of this day, when every month they are of is over. */
const readAt = '2026-11-20T12:00:00Z';

type NewSubAffiliate = Partial<z.input<typeof createSubAffiliateInput>>;
type NewClaim = Partial<z.input<typeof trafficClaim>>;

export const share = (shareBps: number): Rate => ({ kind: 'share', shareBps });

/** An organization with a programme at a network, and what its finance department does. */
export class Billing {
  readonly #database: TestDatabase;
  readonly programme: Programme;
  readonly orgId: string;

  constructor(database: TestDatabase, programme: Programme) {
    this.#database = database;
    this.programme = programme;
    this.orgId = programme.orgId;
  }

  get context() {
    return { database: this.#database.api, orgId: this.orgId };
  }

  get connectionId(): string {
    return showId('connection', this.programme.connectionId);
  }

  /** As somebody of finance, at a time. */
  as<T>(work: (context: BillingContext) => Promise<T>, now = readAt): Promise<T> {
    return this.run((tx) => work({ tx, actor: 'fin of finance', now: new Date(now) }));
  }

  run<T>(work: (tx: TenantTransaction) => Promise<T>): Promise<T> {
    return withTenant(this.context, work);
  }

  /** What the network says of a day now, all of it: a restatement when it said something else before. */
  state(day: string, rows: readonly Partial<DailyStats>[], programme = this.programme) {
    return programme.apply(
      { from: day, to: day },
      rows.map((told) => programme.row(day, told)),
      readAt,
    );
  }

  /** A sub-affiliate with a tenth of what the sub id of that name earns, unless told otherwise. */
  async hire(name: string, said: NewSubAffiliate = {}, claim: NewClaim = {}): Promise<string> {
    const { id } = await this.as((context) =>
      createSubAffiliate(context, {
        name,
        paymentTerms: 'net30',
        carriesNegative: true,
        rate: share(1000),
        effectiveFrom: '2026-01-01',
        ...said,
      }),
    );
    await this.claim(id, { value: name, ...claim });
    return id;
  }

  claim(subAffiliateId: string, claim: NewClaim) {
    const wanted = { dimension: 'sub_id' as const, value: 'x', fromDay: '2026-01-01', ...claim };
    return this.as((context) => claimTraffic(context, { subAffiliateId, claim: wanted }));
  }

  release(subAffiliateId: string, trafficId: string, untilDay: string) {
    return this.as((context) => releaseTraffic(context, { subAffiliateId, trafficId, untilDay }));
  }

  agree(subAffiliateId: string, rate: Rate, effectiveFrom: string) {
    return this.as((context) => changeTerms(context, { subAffiliateId, rate, effectiveFrom }));
  }

  update(subAffiliateId: string, changes: Omit<z.input<typeof updateSubAffiliateInput>, 'subAffiliateId'>) {
    return this.as((context) => updateSubAffiliate(context, { subAffiliateId, ...changes }));
  }

  draftAll(month: string) {
    return this.as((context) => draftInvoices(context, { month }));
  }

  /** The draft of a month with its lines, where there is exactly one. */
  async draft(subAffiliateId: string, month: string): Promise<InvoiceDetail> {
    const { drafts } = await this.as((context) => draftInvoices(context, { month, subAffiliateId }));
    const [draft, ...more] = drafts;
    if (!draft || more.length > 0) throw new Error(`${drafts.length} drafts`);
    return this.get(draft.id);
  }

  /** How many drafts a month has of somebody. */
  async drafts(subAffiliateId: string, month: string): Promise<number> {
    return (await this.as((context) => draftInvoices(context, { month, subAffiliateId }))).drafts.length;
  }

  get(invoiceId: string): Promise<InvoiceDetail> {
    return getInvoice(this.context, { invoiceId });
  }

  issue({ id: invoiceId }: { id: string }, now = readAt): Promise<InvoiceDetail> {
    return this.as((context) => issueInvoice(context, { invoiceId }), now);
  }

  pay({ id: invoiceId }: { id: string }): Promise<InvoiceDetail> {
    return this.as((context) => payInvoice(context, { invoiceId }));
  }

  void({ id: invoiceId }: { id: string }, reason = 'a slip'): Promise<InvoiceDetail> {
    return this.as((context) => voidInvoice(context, { invoiceId, reason }));
  }

  discard({ id: invoiceId }: { id: string }) {
    return this.as((context) => discardDraft(context, { invoiceId }));
  }

  /** Drafts and issues a month. */
  async bill(subAffiliateId: string, month: string): Promise<InvoiceDetail> {
    return this.issue(await this.draft(subAffiliateId, month));
  }

  /** What the ledger says is owed to somebody. */
  payable(subAffiliateId: string, currency = 'EUR'): Promise<number> {
    return this.balance(`affiliate:payable:${readId('subAffiliate', subAffiliateId)}:${currency}`);
  }

  balance(code: string): Promise<number> {
    return this.run(async (tx) => {
      const [account] = await tx.query<{ id: string }>(
        'select id from ledger.accounts where org_id = $1 and code = $2',
        [tx.orgId, code],
      );
      return account ? ((await balanceNow(tx, account.id))?.posted ?? 0) : 0;
    });
  }

  /**
   * What is wrong with the books: the ledger in itself, and what is owed to each against their issued invoices that are not paid.
   */
  async faults(): Promise<unknown[]> {
    const later = new Date(Date.parse(readAt) + 86_400_000);
    const ledger = await this.run((tx) => reconcile(tx, later));
    const { rows } = await this.#database.superuser.query(
      `select coalesce(a.code, i.code) as code, a.balance, i.owed from (
         select code, balance from ledger.accounts where org_id = $1 and code like 'affiliate:payable:%'
       ) a full join (
         select 'affiliate:payable:' || sub_affiliate_id || ':' || currency as code, sum(total_minor)::bigint as owed
         from affiliate.invoices where org_id = $1 and status = 'issued' group by 1
       ) i using (code) where coalesce(a.balance, 0) <> coalesce(i.owed, 0)`,
      [this.orgId],
    );
    return [...ledger, ...rows];
  }
}

export async function openBilling(
  database: TestDatabase,
  options: Parameters<typeof openProgramme>[1] = {},
): Promise<Billing> {
  return new Billing(database, await openProgramme(database, options));
}

/** Lines as short as they can be compared. */
export const shortly = ({ lines }: InvoiceDetail) =>
  lines.map(({ kind, month, amountMinor }) => (month === null ? [kind, amountMinor] : [kind, month, amountMinor]));

/** The code of a refusal, or `accepted`. */
export const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'accepted',
    (error: { code?: unknown }) => error.code ?? error,
  );
