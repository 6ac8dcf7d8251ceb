import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { findText } from '../ops/erase.fixture.ts';
import { affiliateIdsOf } from './test/affiliate.ts';
import { type Api, startApi } from './test/api.ts';
import { createMerchant } from './test/merchant.ts';

const lark = { name: 'Lark Media', email: 'mail@larkmedia.example' };
const named = ['lark media', 'larkmedia'];
const terms = { rate: { kind: 'share', shareBps: 3500 }, effectiveFrom: '2026-09-01' };
const reason = { reason: 'asked for it' };

describe('a sub-affiliate who asks for what is held of them, and to be erased', () => {
  let api: Api;
  let owner: { orgId: string };
  let places: Record<string, number>;
  beforeAll(async () => {
    api = await startApi();
    owner = { orgId: (await createMerchant(api.database)).orgId };
  });

  /** Sends a request under a key of its own; again sends it once more under the same. */
  async function keyed(path: string, body: object) {
    const headers = { 'idempotency-key': randomUUID() };
    const send = () => api.post(owner, path, body, headers);
    return { answer: await send(), again: send };
  }

  it('is told all of it, and is then in nothing but the invoice that was issued', async () => {
    const { draftInvoiceId } = await affiliateIdsOf(api, owner.orgId);
    const invoice = `/v1/affiliate/invoices/${draftInvoiceId}`;
    const path = `/v1/affiliate/sub-affiliates/${(await api.get(owner, invoice)).json.subAffiliateId}`;
    await api.patch(owner, path, lark);
    const agreed = await keyed(`${path}/terms`, terms);
    const issued = await keyed(`${invoice}/issue`, {});
    expect([agreed.answer.status, issued.answer.status]).toEqual([200, 200]);
    places = await findText(api.database, ...named);

    const told = await api.get(owner, `${path}/export?limit=100`);
    expect(told.json.nextCursor).toBeNull();
    expect(new Set(told.json.data.map(({ kind }: { kind: string }) => kind))).toEqual(
      new Set(['subAffiliate', 'terms', 'traffic', 'invoice', 'entry', 'auditRecord']),
    );
    expect(told.json.data[0].record).toMatchObject(lark);

    const erased = await keyed(`${path}/erase`, reason);
    expect(erased.answer.json).toMatchObject({ nameKeptUntil: expect.stringMatching(/^\d{4}-12-31$/) });
    expect((await erased.again()).text).toBe(erased.answer.text);
    expect(await findText(api.database, ...named)).toEqual({
      'affiliate.invoices.payee_name': 1,
      searched: places.searched,
    });
    expect((await agreed.again()).json.code).toBe('idempotency_key_reused');
    expect((await issued.again()).text).toBe(issued.answer.text);
    expect((await api.patch(owner, path, lark)).json.code).toBe('conflict');
    expect(JSON.stringify(api.lines)).not.toMatch(/lark ?media/i);
  });

  it('was in more than that before', () => {
    expect(Object.keys(places).sort()).toEqual([
      'affiliate.invoices.payee_name',
      'affiliate.sub_affiliates.email',
      'affiliate.sub_affiliates.name',
      'identity.idempotency_keys.response',
      'searched',
    ]);
  });

  it('is not added again by the request that added them, sent once more', async () => {
    const added = await keyed('/v1/affiliate/sub-affiliates', {
      ...{ name: 'Wren Media', email: 'wren@example.com', paymentTerms: 'net15', carriesNegative: false },
      ...terms,
    });
    expect(added.answer.status).toBe(201);
    await keyed(`/v1/affiliate/sub-affiliates/${added.answer.json.id}/erase`, reason);
    expect((await added.again()).json.code).toBe('idempotency_key_reused');
    expect(await findText(api.database, 'wren')).toEqual({ searched: places.searched });
  });
});
