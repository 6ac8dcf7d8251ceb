import { randomUUID } from 'node:crypto';
import { openProgramme, type Programme } from '@tributary/affiliate/account/programme.fixture';
import { showId } from '@tributary/core/ids';
import { createApp } from '@tributary/http/app';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { affiliateInvoicePdfRoutes } from './routes/affiliate-invoice-pdf.ts';
import { affiliateInvoiceRoutes } from './routes/affiliate-invoices.ts';
import { affiliateSubAffiliateRoutes } from './routes/affiliate-sub-affiliates.ts';
import { answerOf, cursorKey } from './test/api.ts';

const routes = [...affiliateSubAffiliateRoutes, ...affiliateInvoiceRoutes, ...affiliateInvoicePdfRoutes];
const billing = { roles: ['finance'], scope: 'affiliate-billing:write', cost: 'write' } as const;

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

/** Somebody of finance; who may do what is tested with all routes. */
function startOffice({ orgId }: Programme) {
  const app = createApp({
    title: 'affiliate billing',
    routes,
    access: Object.fromEntries(routes.map(({ operationId }) => [operationId, billing])),
    authenticate: async () => ({ orgId, subject: 'usr_1', role: 'finance' as const }),
    deps: { database: database.api, cursorKey },
    log: () => undefined,
  });
  return async (method: string, path: string, body?: object, key: string = randomUUID()) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return answerOf(await app.request(`/v1/affiliate${path}`, { method, headers, ...sent }));
  };
}

describe('sub-affiliates and their invoices', () => {
  it('are made, claimed for, drafted, issued, printed, paid and voided; a repeated request has no second effect', async () => {
    const programme = await openProgramme(database);
    const ask = startOffice(programme);
    const rate = { kind: 'share', shareBps: 1000 };
    const terms = { paymentTerms: 'net30', carriesNegative: true, rate, effectiveFrom: '2026-01-01' };
    const { status, json: ann } = await ask('POST', '/sub-affiliates', { name: 'Ann', ...terms });
    expect([status, ann.email]).toEqual([201, null]);
    const own = `/sub-affiliates/${ann.id}`;
    const claim = { dimension: 'sub_id', value: 'ann', isPrefix: true, fromDay: '2026-01-01' };
    const connectionId = showId('connection', programme.connectionId);
    const claimed = await ask('POST', `${own}/traffic`, { ...claim, connectionId });
    expect(claimed.json.traffic).toMatchObject([{ ...claim, connectionId, untilDay: null }]);
    expect((await ask('POST', `${own}/traffic`, { ...claim, connectionId })).json.code).toBe('traffic_taken');

    const day = '2026-06-10';
    const facts = [programme.row(day, { subId: 'ann-1', commissionMinor: 150_000 })];
    await programme.apply({ from: day, to: day }, facts, '2026-07-01T12:00:00Z');
    const { json: drafted } = await ask('POST', '/invoices', { month: '2026-06', subAffiliateId: ann.id });
    const path = `/invoices/${drafted.drafts[0].id}`;
    expect((await ask('GET', path)).json).toMatchObject({ status: 'draft', totalMinor: 15_000 });

    const issued = await ask('POST', `${path}/issue`, {}, 'once');
    expect(issued.json).toMatchObject({ status: 'issued', dueOn: '2026-07-30' });
    expect(await ask('POST', `${path}/issue`, {}, 'once')).toMatchObject({ status: 200, json: issued.json });
    expect((await ask('POST', `${path}/issue`, {})).json.code).toBe('illegal_move');
    expect((await ask('POST', `${path}/discard`, {})).json.code).toBe('illegal_move');
    const file = await ask('GET', `${path}/pdf`);
    expect(file.headers).toMatchObject({
      'content-type': 'application/pdf',
      'content-disposition': `attachment; filename="${issued.json.number}.pdf"`,
      etag: expect.any(String),
    });
    expect(file.text).toContain(`Invoice ${issued.json.number}`);
    expect((await ask('GET', `${path}/pdf`)).bytes).toEqual(file.bytes);

    expect((await ask('POST', `${path}/void`, { reason: 'a slip' })).json.status).toBe('void');
    const { json: again } = await ask('POST', '/invoices', { month: '2026-06' });
    const next = `/invoices/${again.drafts[0].id}`;
    await ask('POST', `${next}/issue`, {});
    expect((await ask('POST', `${next}/pay`, {})).json).toMatchObject({ status: 'paid', totalMinor: 15_000 });
    const { json: list } = await ask('GET', `/invoices?month=2026-06&subAffiliateId=${ann.id}`);
    expect(list.data.map(({ status }: { status: string }) => status)).toEqual(['paid', 'void']);
  });

  it('are changed and released, and listed', async () => {
    const ask = startOffice(await openProgramme(database));
    const rate = { kind: 'cpa', cpaMinor: 5000, currency: 'EUR' };
    const terms = { paymentTerms: 'manual', carriesNegative: false, rate, effectiveFrom: '2026-01-01' };
    const { json: bob } = await ask('POST', '/sub-affiliates', { name: 'Bob', email: 'bob@example.com', ...terms });
    const own = `/sub-affiliates/${bob.id}`;
    expect((await ask('PATCH', own, { status: 'archived' })).json).toEqual({ ...bob, status: 'archived' });
    const share = { rate: { kind: 'share', shareBps: 2500 }, effectiveFrom: '2026-02-01' };
    expect((await ask('POST', `${own}/terms`, share)).json.terms).toMatchObject([{ version: 2 }, { version: 1 }]);
    const claim = { dimension: 'source', value: 'web', fromDay: '2026-01-01' };
    const { json: claimed } = await ask('POST', `${own}/traffic`, claim);
    const release = `${own}/traffic/${claimed.traffic[0].id}/release`;
    const { json: released } = await ask('POST', release, { untilDay: '2026-03-31' });
    expect(released.traffic).toMatchObject([{ untilDay: '2026-03-31' }]);
    expect((await ask('GET', own)).json).toEqual(released);
    const { json: list } = await ask('GET', '/sub-affiliates?status=archived');
    expect(list.data.map(({ name }: { name: string }) => name)).toEqual(['Bob']);
  });
});
