import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from './test/api.ts';
import { createMerchant, type Merchant } from './test/merchant.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});

/** A merchant with one event that was applied and one that is quarantined. */
async function open() {
  const merchant = await createMerchant(api.database);
  const list = async (query = '') => (await api.get(merchant, `/v1/events${query}`)).json.data;
  const [quarantined] = await list('?status=quarantined');
  const [applied] = await list('?status=applied');
  return { merchant, list, quarantined, applied };
}

const replay = (merchant: Merchant, eventId: string, key: string = randomUUID()) =>
  api.post(merchant, `/v1/events/${eventId}/replay`, {}, { 'idempotency-key': key });

const uuidOf = async (merchant: Merchant, status: string) => {
  const { rows } = await api.database.superuser.query('select id from inbox.events where org_id = $1 and status = $2', [
    merchant.orgId,
    status,
  ]);
  return rows.map(({ id }) => id);
};

describe('events', () => {
  it('are listed with what became of them, all or of one kind', async () => {
    const { list, quarantined, applied } = await open();
    expect(quarantined).toMatchObject({ provider: 'square', type: 'payment.updated', reason: 'invalid_payload' });
    expect(applied).toMatchObject({ status: 'applied', reason: null });
    expect((await list()).map(({ id }: { id: string }) => id)).toEqual([quarantined.id, applied.id].sort().reverse());
    expect(await list('?status=pending')).toEqual([]);
  });

  it('refuse a status that there is not', async () => {
    const { merchant } = await open();
    const { status, json } = await api.get(merchant, '/v1/events?status=parked');
    expect([status, json.code]).toEqual([422, 'validation_failed']);
  });
});

describe('replaying an event', () => {
  it('lets it wait again, sends word of it, and is in the audit', async () => {
    const { merchant, list, quarantined } = await open();
    const eventIds = await uuidOf(merchant, 'quarantined');
    const { status, json } = await replay(merchant, quarantined.id);
    expect([status, json]).toEqual([200, { ...quarantined, status: 'pending', reason: null, processedAt: null }]);
    expect(await list('?status=pending')).toEqual([json]);
    expect(api.sent.at(-1)).toEqual({ kind: 'apply', v: 1, orgId: merchant.orgId, eventIds });
    const audit = await api.get(merchant, `/v1/audit-records?targetId=${quarantined.id}`);
    expect(audit.json.data).toMatchObject([
      {
        actor: 'the-owner',
        action: 'event.replay',
        targetType: 'event',
        before: { status: 'quarantined', reason: 'invalid_payload' },
        after: { status: 'pending', reason: null },
      },
    ]);
  });

  it('sends word again when it is asked for again under its key, since the first may have been lost', async () => {
    const { merchant, quarantined } = await open();
    const key = randomUUID();
    const first = await replay(merchant, quarantined.id, key);
    const sent = api.sent.length;
    const again = await replay(merchant, quarantined.id, key);
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect(api.sent.slice(sent)).toMatchObject([{ kind: 'apply', orgId: merchant.orgId }]);
    const { rows } = await api.database.superuser.query(
      `select count(*)::int from audit.records where org_id = $1 and action = 'event.replay'`,
      [merchant.orgId],
    );
    expect(rows).toEqual([{ count: 1 }]);
  });

  it('is refused for one that is not quarantined, and sends no word', async () => {
    const { merchant, applied, quarantined } = await open();
    const sent = api.sent.length;
    const refused = await replay(merchant, applied.id);
    expect([refused.status, refused.json.code, api.sent.length]).toEqual([409, 'conflict', sent]);
    await replay(merchant, quarantined.id);
    expect((await replay(merchant, quarantined.id)).json.code).toBe('conflict');
  });

  it('of twenty at once has one effect', async () => {
    const { merchant, quarantined } = await open();
    const answers = await Promise.all(Array.from({ length: 20 }, () => replay(merchant, quarantined.id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(409)]);
  });
});
