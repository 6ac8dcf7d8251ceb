import { acceptDeliveries } from '@tributary/inbox/accept';
import { type LocalSqs, region, startSqs } from '@tributary/local/sqs';
import { keyIdOf } from '@tributary/providers/signature/key-id';
import { squarePaymentEvent } from '@tributary/sandbox/square/webhook';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const keys = { square: 'a-square-key', former: 'a-former-square-key', xero: 'a-xero-key' };

describe('what people do with the inbox', () => {
  let database: TestDatabase;
  let sqs: LocalSqs;
  let inbox: typeof import('./inbox.ts').handler;
  let webhookKeys: typeof import('./webhook-keys.ts').handler;

  beforeAll(async () => {
    database = await testDatabase();
    sqs = await startSqs();
    const former = `${keys.former}@2026-01-01T00:00:00Z`;
    const links = {
      App: { name: 'tributary', stage: 'test' },
      DatabaseSystem: { url: database.url('system') },
      Ingest: { url: sqs.queueUrl('ingest') },
      SquareSignatureKeys: { value: JSON.stringify([keys.square, former]) },
      CloverAuthCodes: { value: '[]' },
      XeroWebhookKeys: { value: `${keys.xero}@mistyped` },
    };
    vi.stubEnv('SST_RESOURCES_JSON', JSON.stringify(links));
    vi.stubEnv('NEON_LOCAL_PROXY', database.proxy);
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', sqs.url);
    vi.stubEnv('AWS_REGION', region);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
    vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    ({ handler: inbox } = await import('./inbox.ts'));
    ({ handler: webhookKeys } = await import('./webhook-keys.ts'));
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    await sqs.stop();
  });

  /** Stored by a reader that could not read it. */
  async function quarantined(merchantId: string): Promise<string> {
    const event = { eventId: 'e1', merchantId, paymentId: 'p1', amountMinor: 500, createdAt: '2026-06-01T12:00:00Z' };
    const [accepted] = await acceptDeliveries(database.system, {}, [
      {
        provider: 'square',
        handshake: false,
        receivedAt: '2026-06-01T12:00:01.000Z',
        url: 'https://hooks.example.com',
        headers: {},
        keyId: keyIdOf(keys.square),
        body: Buffer.from(JSON.stringify(squarePaymentEvent(event))),
      },
    ]);
    return accepted?.deliveryId ?? '';
  }
  async function connect(accountRef: string): Promise<void> {
    await database.superuser.query(
      `with c as (insert into sync.connections (org_id, provider, account_ref) values ($1, 'square', $2) returning id)
       insert into sync.routes (provider, account_ref, org_id, connection_id) select 'square', $2, $1, c.id from c`,
      [await createOrganization(database), accountRef],
    );
  }

  it('a delivery that nobody could read is listed, read again, and its events are sent to be applied', async () => {
    await connect('merchant-1');
    const deliveryId = await quarantined('merchant-1');
    expect(await inbox({})).toMatchObject({ quarantined: [{ deliveryId, reason: 'unknown_provider' }] });
    expect(await inbox({ replay: { deliveryId } })).toEqual({ outcome: 'parked', events: 1, resumed: 1 });
    expect(sqs.depth('ingest')).toMatchObject({ visible: 1 });
    expect(await inbox(undefined)).toMatchObject({ quarantined: [], parked: [] });
  });

  it('events of an account that has connected need not wait for the schedule, others stay parked', async () => {
    for (const merchant of ['merchant-2', 'merchant-3']) {
      const deliveryId = await quarantined(merchant);
      expect(await inbox({ replay: { deliveryId } })).toEqual({ outcome: 'parked', events: 1, resumed: 0 });
    }
    await connect('merchant-2');
    expect(await inbox({ replay: 'parked' })).toEqual({ resumed: 1 });
    expect(await inbox({})).toMatchObject({ parked: [{ accountRef: 'merchant-3', reason: 'unknown_account' }] });
  });

  it('what it does not know is refused', async () => {
    await expect(inbox({ replay: { deliveryId: 'one' } })).rejects.toMatchObject({ code: 'validation_failed' });
    await expect(inbox({ discard: true })).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('the keys of webhooks are told by name with what they proved, and never themselves', async () => {
    const at = '2026-06-01T12:00:01.000Z';
    const told = await webhookKeys();
    expect(told).toEqual({
      square: {
        isReadable: true,
        keys: [
          {
            keyId: keyIdOf(keys.square),
            state: 'current',
            endsAt: null,
            firstDeliveryAt: at,
            lastDeliveryAt: at,
          },
          {
            keyId: keyIdOf(keys.former),
            state: 'ended',
            endsAt: '2026-01-01T00:00:00.000Z',
            firstDeliveryAt: null,
            lastDeliveryAt: null,
          },
        ],
      },
      clover: { isReadable: true, keys: [] },
      xero: { isReadable: false, keys: [] },
    });
    for (const key of Object.values(keys)) expect(JSON.stringify(told)).not.toContain(key);
  });
});
