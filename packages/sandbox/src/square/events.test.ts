import { beforeEach, describe, expect, it } from 'vitest';
import { createTestSquare, dayMs, proves, startedAt, type TestSquare } from './square.fixture.ts';

const application = { token: 'EAAAl-application' };

let square: TestSquare;
beforeEach(async () => {
  square = createTestSquare();
  await square.ask('PUT /v2/events/enable', application);
});

const search = async (body: object = {}) => (await square.ask('POST /v2/events', { ...application, body })).body;
const types = async (filter: object = {}, order = 'ASC') =>
  ((await search({ query: { filter, sort: { order } } })).events ?? []).map(({ type }: { type: string }) => type);
const sell = (locationId = 'LMAIN') => square.sandbox.merchant().takePayment({ amountMinor: 1, locationId });

describe('events', () => {
  it(proves('events_enabled'), async () => {
    await square.ask('PUT /v2/events/disable', application);
    sell();
    expect(await search()).toEqual({});
    await square.ask('PUT /v2/events/enable', application);
    expect(await search()).toEqual({});
    sell();
    expect(await types()).toEqual(['payment.created', 'payment.updated', 'order.updated']);
    await square.clock.advance(28 * dayMs);
    expect(await types()).toHaveLength(3);
    await square.clock.advance(1);
    expect(await types()).toEqual([]);
  });

  it(proves('events_search'), async () => {
    sell();
    await square.clock.advance(1000);
    sell('LSIDE');
    square.sandbox.addMerchant({ id: 'M2' }).takePayment({ amountMinor: 1, status: 'APPROVED' });
    expect(await types({ event_types: ['order.updated'] })).toHaveLength(2);
    expect(await types({ merchant_ids: ['M2'] })).toEqual(['payment.created']);
    expect(await types({ location_ids: ['LSIDE'] }, 'DESC')).toEqual([
      'order.updated',
      'payment.updated',
      'payment.created',
    ]);
    expect(await types({ created_at: { end_at: startedAt.toISOString() } })).toHaveLength(3);
    expect(await types({ created_at: { start_at: '2026-11-21T12:00:00.001Z' } })).toHaveLength(4);
    expect((await search()).events[0]).toMatchObject({ merchant_id: 'M2' });
    const { events, metadata } = await search({ limit: 1 });
    expect(metadata).toEqual([{ event_id: events[0].event_id, api_version: '2026-09-16' }]);
  });

  it('come page by page, with what happens meanwhile at one end', async () => {
    for (let count = 0; count < 40; count += 1) sell();
    const walk = async (order: 'ASC' | 'DESC') => {
      const found: string[] = [];
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const page = await search({ limit: 7, query: { sort: { order } }, ...(cursor && { cursor }) });
        for (const { event_id } of page.events) found.push(event_id);
        cursor = page.cursor;
        if (found.length < 20) sell();
      }
      expect(new Set(found).size).toBe(found.length);
      return found.length;
    };
    expect(await walk('DESC')).toBe(120);
    expect(await walk('ASC')).toBe(132);
    expect((await search()).events).toHaveLength(100);
  });

  it('are refused to a search that is not understood', async () => {
    const refusal = (body: object | string) => square.refusal('POST /v2/events', { ...application, body });
    expect(await refusal({ limit: 0 })).toEqual([400, 'BAD_REQUEST']);
    expect(await refusal({ query: { filter: { colours: [] } } })).toEqual([400, 'BAD_REQUEST']);
    expect(await refusal({ cursor: 'made-up' })).toEqual([400, 'INVALID_CURSOR']);
    expect(await refusal('no json')).toEqual([400, 'EXPECTED_JSON_BODY']);
  });
});

it.each(['POST /v2/events', 'PUT /v2/events/enable', 'GET /v2/webhooks/subscriptions'])(
  `${proves('application_token')} (%s)`,
  async (route) => {
    expect(await square.refusal(route)).toEqual([401, 'UNAUTHORIZED']);
  },
);
