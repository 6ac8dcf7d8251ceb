import { randomInt } from 'node:crypto';
import { seedBrands } from '@tributary/affiliate/brand/seed-brands';
import { applyDailyStats } from '@tributary/affiliate/fact/apply-daily-stats';
import { evaluateRules } from '@tributary/affiliate/rule/evaluate-rules';
import { readId } from '@tributary/core/ids';
import { withTenant } from '@tributary/db/transaction';
import { brandsOf } from '@tributary/providers/affiliate/brands';
import { brands } from '@tributary/providers/affiliate/networks';
import type { Answer, Api } from './api.ts';
import { awinToken } from './connecting.ts';

/** What an organization has of the affiliate domain, one of each kind. */
export interface AffiliateIds {
  affiliateConnectionId: string;
  dealId: string;
  subAffiliateId: string;
  /** One to erase. */
  erasedSubAffiliateId: string;
  trafficId: string;
  /** One that is issued. */
  invoiceId: string;
  /** One that is not. */
  draftInvoiceId: string;
  /** Of an account that is told by hand. */
  csvConnectionId: string;
  automationRuleId: string;
  alertId: string;
}

/** A month that is over for everybody. */
const month = '2026-06';
const window = { from: `${month}-01`, to: `${month}-30` };

/** Terms of a deal that gives something for each first deposit. */
export const dealTerms = { cpa: { amountMinor: 12_000, method: 'whole', tiers: [] }, holdDays: 30 };

/** An account with a month of facts, a deal on it, two sub-affiliates who brought them, and what they are owed. */
export async function affiliateIdsOf(api: Api, orgId: string): Promise<AffiliateIds> {
  const affiliateConnectionId = await openProgramme(api, orgId);
  const owner = { orgId };
  const said = {
    connectionId: affiliateConnectionId,
    name: 'Deal',
    campaign: 'spring',
    source: '',
    startsOn: window.from,
  };
  const deal = await made(api.post(owner, '/v1/affiliate/deals', { ...said, terms: dealTerms }));
  const [one, other] = [await addSubAffiliate(api, orgId, 'ann'), await addSubAffiliate(api, orgId, 'bob')];
  const trafficId = await claim(api, orgId, one, { connectionId: affiliateConnectionId, value: 'ann' });
  await claim(api, orgId, other, { connectionId: affiliateConnectionId, value: 'bob' });
  const drafts = await draft(api, orgId);
  const invoiceId = drafts.get(one) as string;
  await made(api.post(owner, `/v1/affiliate/invoices/${invoiceId}/issue`, {}));
  const draftInvoiceId = drafts.get(other) as string;
  const ids = {
    affiliateConnectionId,
    dealId: deal.json.id,
    subAffiliateId: one,
    erasedSubAffiliateId: await addSubAffiliate(api, orgId, 'erased'),
    trafficId,
    invoiceId,
    draftInvoiceId,
  };
  return { ...ids, ...(await watch(api, orgId, affiliateConnectionId)) };
}

/** An account that is told by hand, a rule about restatements, and the alert that one raised. */
async function watch(api: Api, orgId: string, connectionId: string) {
  const account = { label: 'By hand', currency: 'USD', timeZone: 'UTC' };
  const csv = await made(api.post({ orgId }, '/v1/connect/csv/accounts', account));
  const rule = await made(api.post({ orgId }, '/v1/affiliate/rules', restatedRule));
  await tell(api, orgId, connectionId, 1);
  await withTenant({ database: api.database.worker, orgId }, (tx) => evaluateRules(tx, { now: new Date() }));
  const alerts = await api.get({ orgId }, '/v1/affiliate/alerts');
  return {
    csvConnectionId: csv.json.connectionId as string,
    automationRuleId: rule.json.id as string,
    alertId: alerts.json.data[0].id as string,
  };
}

/** First deposits that a network took back. */
export const restatedRule = {
  name: 'watch',
  scope: { kind: 'organization' },
  terms: { kind: 'restated', metric: 'ftdCount', direction: 'down', atLeast: 1 },
  coolDownHours: 0,
};

/** A draft for whoever has none. */
export async function draftAnew(api: Api, orgId: string): Promise<Pick<AffiliateIds, 'draftInvoiceId'>> {
  const [draftInvoiceId = ''] = [...(await draft(api, orgId)).values()];
  return { draftInvoiceId };
}

async function openProgramme(api: Api, orgId: string): Promise<string> {
  await seedBrands(api.database.system, brandsOf(brands));
  const publisherId = randomInt(1, 1e9);
  const credentials = { accessToken: awinToken(publisherId), publisherId: String(publisherId) };
  const path = '/v1/connect/networks/awin/accounts';
  const stated = { timeZone: 'UTC', currency: 'USD' };
  const connected = await made(api.post({ orgId }, path, { credentials: { ...credentials, ...stated } }));
  const { id } = connected.json.connection;
  await tell(api, orgId, id, 2);
  return id;
}

/** What the network says of the month. */
async function tell(api: Api, orgId: string, connection: string, ftdCount: number): Promise<void> {
  const rows = ['ann', 'bob'].map((subId) => ({
    ...{ day: `${month}-10`, campaign: 'spring', source: 'search', subId, currency: 'USD' },
    ...{ clicks: 100, signups: 10, ftdCount, depositsMinor: 5000, ggrMinor: 3000, ngrMinor: 2000 },
    commissionMinor: 1000,
  }));
  const connectionId = readId('connection', connection);
  const read = { connectionId, runId: null, window, rows, isComplete: true, now: new Date() };
  await withTenant({ database: api.database.worker, orgId }, (tx) => applyDailyStats(tx, read));
}

async function addSubAffiliate(api: Api, orgId: string, name: string): Promise<string> {
  const rate = { kind: 'share', shareBps: 3000 };
  const terms = { paymentTerms: 'net30', carriesNegative: true, rate, effectiveFrom: '2026-01-01' };
  return (await made(api.post({ orgId }, '/v1/affiliate/sub-affiliates', { name, ...terms }))).json.id;
}

async function claim(
  api: Api,
  orgId: string,
  subAffiliateId: string,
  { connectionId, value }: { connectionId: string; value: string },
): Promise<string> {
  const claimed = { connectionId, dimension: 'sub_id', value, isPrefix: false, fromDay: '2026-01-01' };
  const path = `/v1/affiliate/sub-affiliates/${subAffiliateId}/traffic`;
  return (await made(api.post({ orgId }, path, claimed))).json.traffic[0].id;
}

/** Drafts of the month, by whose they are. */
async function draft(api: Api, orgId: string): Promise<ReadonlyMap<string, string>> {
  const { json } = await made(api.post({ orgId }, '/v1/affiliate/invoices', { month }));
  return new Map(json.drafts.map((one: { id: string; subAffiliateId: string }) => [one.subAffiliateId, one.id]));
}

async function made(answering: Promise<Answer>): Promise<Answer> {
  const answer = await answering;
  if (answer.status < 300) return answer;
  throw new Error(`${answer.status}: ${answer.text}`);
}
