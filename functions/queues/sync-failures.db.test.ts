import { AppError, PermanentFailure } from '@tributary/core/errors';
import { ProviderError } from '@tributary/core/provider-error';
import type { PullSource } from '@tributary/core/pull-source';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { openPlace, type Place, type PlaceOptions, watched } from './sync-place.fixture.ts';

const minute = 60_000;

describe('a run', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const open = (options?: PlaceOptions) => openPlace(database, options);
  const waitOf = async ({ clock, connection }: Place) =>
    ((await connection()).next_run_at as Date).getTime() - clock.now().getTime();
  const failing = (
    { office }: Place,
    resource: string,
    error: () => Error,
  ): { sources: Record<string, PullSource> } => {
    const { square } = office.sources;
    const page: PullSource['page'] = async (call, stream, position) => {
      if (stream.resource === resource) throw error();
      return square.page(call, stream, position);
    };
    return { sources: { square: { ...square, page } } };
  };

  it('that the provider refuses until somebody authorises us anew ends the connection’s runs', async () => {
    const place = await open();
    await place.sell(1);
    const { orgId, connectionId } = place.shop;
    const refused = watched(place, async () => {
      await place.office.rows(
        `update sync.connections set status = 'needs_reconnect', next_run_at = null where id = $1`,
        connectionId,
      );
      throw new PermanentFailure('needs_reconnect', 'The merchant has to authorise us anew.');
    });
    expect(await place.office.run(place.shop, refused)).toBe('failed');
    expect(await place.lastRun()).toMatchObject({ status: 'failed', reason: 'needs_reconnect' });
    expect(await place.connection()).toMatchObject({ status: 'needs_reconnect', next_run_at: null, run_lease: null });
    expect(place.office.failures).toMatchObject([{ orgId, connectionId, stream: null }]);
    expect(await place.office.run(place.shop)).toBe('skipped');
  });

  it.each([
    ['in seconds', 'rate_limited_seconds', 90],
    ['as a date', 'rate_limited_date', 90],
    ['with a 503', 'unavailable', 600],
  ] as const)('waits as long as the provider asks it to, %s', async (_, fault, seconds) => {
    const place = await open();
    place.square.faults.plan({ fault, seconds });
    expect(await place.office.run(place.shop)).toBe('failed');
    const waitMs = await waitOf(place);
    expect(waitMs).toBeGreaterThanOrEqual(seconds * 1000);
    expect(waitMs).toBeLessThanOrEqual(seconds * 1100);
  });

  it('asks nothing of an account as long as its provider wants to be left alone, whoever asks', async () => {
    const place = await open();
    place.square.faults.plan({ fault: 'rate_limited_seconds', seconds: 90 });
    await place.office.run(place.shop);
    const { length } = place.square.requests();
    await place.clock.advance(80_000);
    expect(await place.office.run(place.shop)).toBe('failed');
    expect(await place.lastRun()).toMatchObject({ reason: 'provider_rate_limited' });
    expect(place.square.requests()).toHaveLength(length);
    await place.clock.advance(10_000);
    expect(await place.office.run(place.shop)).toBe('success');
  });

  it('that fails comes back later each time, and in turn again after one that did not', async () => {
    const place = await open();
    place.square.faults.plan({ fault: 'server_error', times: 12 });
    for (let failures = 0; failures < 12; failures += 1) {
      expect(await place.office.run(place.shop)).toBe('failed');
      const pauseMs = Math.min(2 ** failures, 360) * minute;
      const waitMs = await waitOf(place);
      expect(waitMs).toBeGreaterThanOrEqual(pauseMs);
      expect(waitMs).toBeLessThanOrEqual(pauseMs * 1.1);
      expect(await place.connection()).toMatchObject({ failures: failures + 1 });
    }
    expect(await place.lastRun()).toMatchObject({ status: 'failed', reason: 'provider_unavailable' });
    const before = await waitOf(place);
    expect(await place.office.run(place.shop)).toBe('success');
    expect(await place.connection()).toMatchObject({ failures: 0, last_success_at: place.clock.now() });
    expect(await waitOf(place)).toBe(before);
  });

  it('a provider that refuses for ever and asks for seconds is asked ever later', async () => {
    const place = await open();
    place.square.faults.plan({ fault: 'rate_limited_seconds', seconds: 2, times: 8 });
    for (let failures = 0; failures < 8; failures += 1) {
      await place.office.run(place.shop);
      await place.clock.advance(await waitOf(place));
    }
    expect(place.clock.now().getTime() - Date.parse('2026-11-21T12:00:00Z')).toBeGreaterThan(4 * 60 * minute);
  });

  it.each([
    ['an answer nobody can read', () => new ProviderError('invalid_response', 'no'), 'provider_invalid_response'],
    ['no answer', () => new ProviderError('unavailable', 'no'), 'provider_unavailable'],
    ['a fault of ours', () => new TypeError('undefined is not a function'), 'internal'],
  ])('of which one list meets %s walks the others', async (_, error, reason) => {
    const place = await open();
    place.merchant.addLocation({ name: 'Side' });
    await place.sell(2);
    const before = await waitOf(place);
    expect(await place.office.run(place.shop, failing(place, 'refunds', error))).toBe('partial');
    expect(await place.sold()).toEqual(place.truth());
    expect(await place.lastRun()).toMatchObject({ status: 'partial', reason });
    expect(await place.connection()).toMatchObject({ failures: 0, last_success_at: null });
    // The schedule has it, as after any run that got somewhere.
    expect(await waitOf(place)).toBe(before);
    expect(place.office.failures.map(({ stream }) => stream?.resource)).toEqual(['refunds', 'refunds']);
  });

  it('asks a provider that is away no more than four questions', async () => {
    const place = await open();
    for (let location = 0; location < 5; location += 1) place.merchant.addLocation({ name: `No. ${location}` });
    place.square.faults.plan({ fault: 'reset', times: 100, on: ({ path }) => path !== '/v2/locations' });
    expect(await place.office.run(place.shop)).toBe('failed');
    expect(place.square.requests()).toHaveLength(1 + 3);
  });

  it('walks what we may read where we were granted less than we asked for', async () => {
    const place = await open({ scopes: ['MERCHANT_PROFILE_READ', 'PAYMENTS_READ'] });
    await place.sell(2);
    expect(await place.office.run(place.shop)).toBe('success');
    expect(await place.sold()).toEqual(place.truth());
    const lines = await place.office.rows(
      'select line_items from loyalty.transactions where org_id = $1',
      place.shop.orgId,
    );
    expect(lines).toEqual([{ line_items: null }, { line_items: null }]);
    const nothing = await open({ scopes: ['MERCHANT_PROFILE_READ'] });
    expect(await nothing.office.run(nothing.shop)).toBe('failed');
    expect(await nothing.lastRun()).toMatchObject({ reason: 'provider_unauthorized' });
    expect(await nothing.connection()).toMatchObject({ status: 'active' });
  });

  describe('with a fact that can never be applied', () => {
    /** Sells three times, and what follows from the second sale is refused. */
    async function poisoned() {
      const place = await open();
      await place.sell(3);
      const bad = place.merchant.payments()[1]?.id ?? '';
      const { applyFacts } = place.office.runs;
      const refusing = {
        applyFacts: (async (tx, told) => {
          const news = await applyFacts(tx, told);
          if (told.facts.some((fact) => 'externalId' in fact && fact.externalId === bad))
            throw new AppError('unbalanced_posting', 'It does not add up.');
          return news;
        }) as typeof applyFacts,
      };
      const { [bad]: _, ...good } = place.truth();
      return { place, bad, good, refusing };
    }

    it('applies all others, says which it was, and goes on', async () => {
      const { place, bad, good, refusing } = await poisoned();
      expect(await place.office.run(place.shop, refusing)).toBe('partial');
      expect(await place.sold()).toEqual(good);
      expect(await place.lastRun()).toMatchObject({ reason: 'facts_refused', pages: 2, objects: 3, changed: 2 });
      expect(place.office.failures).toMatchObject([{ stream: { resource: 'payments' }, objectRef: bad }]);
      const streams = await place.streams();
      expect(streams.map(({ position }) => position)).toEqual([null, null]);
      expect(streams.find(({ resource }) => resource === 'payments')?.watermark).not.toBeNull();
    });

    it('keeps the bytes of its page once', async () => {
      const { place, refusing } = await poisoned();
      await place.office.run(place.shop, refusing);
      const kept = await place.pulls();
      expect(kept.map(({ request }) => request.split('?')[0])).toEqual([
        'GET v2/payments',
        expect.stringMatching(/^POST v2\/orders\/batch-retrieve/),
      ]);
      await place.office.run(place.shop, refusing);
      expect(await place.pulls()).toEqual(kept);
    });

    it('applies it once it can be, while it is looked back for', async () => {
      const { place, refusing } = await poisoned();
      await place.office.run(place.shop, refusing);
      expect(await place.office.run(place.shop)).toBe('success');
      expect(await place.sold()).toEqual(place.truth());
    });
  });

  it('meters the bytes of all answers, also of those that came to nothing', async () => {
    const place = await open();
    await place.sell(3);
    place.square.faults.plan({ fault: 'server_error', on: ({ path }) => path === '/v2/refunds' });
    place.square.faults.plan({ fault: 'server_error', on: ({ path }) => path === '/v2/orders/batch-retrieve' });
    await place.office.run(place.shop);
    await place.office.run(place.shop);
    const sent = place.square.requests().filter(({ status }) => status === 200);
    const bytes = sent.reduce((sum, answer) => sum + answer.bytes, 0);
    const day = await place.office.rows(
      'select provider, day::text, bytes::int from sync.egress where org_id = $1',
      place.shop.orgId,
    );
    expect(day).toEqual([{ provider: 'square', day: '2026-11-21', bytes }]);
    const [runs] = await place.office.rows(
      'select sum(bytes)::int as bytes from sync.runs where org_id = $1',
      place.shop.orgId,
    );
    expect(runs).toEqual({ bytes });
  });
});
