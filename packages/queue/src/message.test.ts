import { describe, expect, it } from 'vitest';
import { auditMessage, dailyMessage, ingestMessage, syncMessage } from './message.ts';

const delivery = {
  kind: 'delivery',
  v: 1,
  provider: 'square',
  handshake: false,
  receivedAt: '2026-11-21T01:02:03.004Z',
  url: 'https://hooks.example.com/webhooks/square',
  headers: { 'content-type': 'application/json' },
  keyId: '0',
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  body: '',
};
const apply = {
  kind: 'apply',
  v: 1,
  orgId: '01932d3c-0000-7000-8000-000000000001',
  eventIds: ['01932d3c-0000-7000-8000-000000000002'],
};

describe('ingest message', () => {
  it.each([
    ['a delivery', delivery],
    ['a handshake', { ...delivery, provider: 'clover', handshake: true, keyId: null }],
    ['a body of 256 KiB', { ...delivery, body: Buffer.alloc(262_144, 0xff).toString('base64') }],
    ['events to apply', apply],
    ['500 events to apply', { ...apply, eventIds: Array.from({ length: 500 }, () => apply.orgId) }],
  ])('takes %s', (_, message) => expect(ingestMessage.parse(message)).toEqual(message));

  it.each([
    ['another kind', { ...delivery, kind: 'replay' }],
    ['another version', { ...delivery, v: 2 }],
    ['another provider', { ...delivery, provider: 'stripe' }],
    ['a body that is not base64', { ...delivery, body: '{"a":1}' }],
    ['a hash cut short', { ...delivery, sha256: delivery.sha256.slice(1) }],
    ['a time without zone', { ...delivery, receivedAt: '2026-11-21T01:02:03' }],
    ['no events', { ...apply, eventIds: [] }],
    ['501 events', { ...apply, eventIds: Array.from({ length: 501 }, () => apply.orgId) }],
    ['an organization that is no uuid', { ...apply, orgId: '1 or 1=1' }],
    ['null', null],
  ])('refuses %s', (_, message) => expect(ingestMessage.safeParse(message).success).toBe(false));
});

describe('daily message', () => {
  const { orgId } = apply;
  const day = { kind: 'daily', v: 1, orgId, day: '2028-02-29' };
  const expire = { kind: 'expire', v: 1, orgId };

  it.each([
    ['a day of an organization', day],
    ['word of what has expired', expire],
  ])('takes %s', (_, message) => expect(dailyMessage.parse(message)).toEqual(message));

  it.each([
    ['another kind', { ...day, kind: 'weekly' }],
    ['another version', { ...expire, v: 2 }],
    ['no day', { ...expire, kind: 'daily' }],
    ['a day that is not in the calendar', { ...day, day: '2026-02-29' }],
    ['a time for a day', { ...day, day: '2026-06-11T00:00:00Z' }],
    ['an organization that is no uuid', { ...expire, orgId: '1 or 1=1' }],
  ])('refuses %s', (_, message) => expect(dailyMessage.safeParse(message).success).toBe(false));
});

describe('sync message', () => {
  const connectionId = apply.eventIds[0];
  const sync = { kind: 'sync', v: 1, orgId: apply.orgId, connectionId, trigger: 'schedule' };
  const reconcile = { kind: 'reconcile', v: 1, orgId: apply.orgId, connectionId, day: '2028-02-29' };
  const renew = { kind: 'renew', v: 1, orgId: apply.orgId, credentialId: connectionId };

  it.each([
    ['a connection that is due', sync],
    ['a connection that is due, and since when', { ...sync, slot: '2026-11-21T12:00:00.123Z' }],
    ['a day to compare', reconcile],
    ['tokens to renew', renew],
    ['tokens to end', { ...renew, kind: 'revoke' }],
  ])('takes %s', (_, message) => expect(syncMessage.parse(message)).toEqual(message));

  it.each([
    ['another trigger', { ...sync, trigger: 'whim' }],
    ['a slot that is no time', { ...sync, slot: 'noon' }],
    ['a day without a connection', { ...reconcile, connectionId: undefined }],
    ['a day that is not in the calendar', { ...reconcile, day: '2026-02-29' }],
    ['tokens of no credential', { ...renew, credentialId: undefined }],
  ])('refuses %s', (_, message) => expect(syncMessage.safeParse(message).success).toBe(false));
});

describe('audit message', () => {
  const verify = { kind: 'verify', v: 1, after: null };

  it.each([
    ['word to begin', verify],
    ['word to go on', { ...verify, after: apply.orgId }],
  ])('takes %s', (_, message) => expect(auditMessage.parse(message)).toEqual(message));

  it.each([
    ['another version', { ...verify, v: 2 }],
    ['word that does not say where to begin', { kind: 'verify', v: 1 }],
    ['an organization that is no uuid', { ...verify, after: '1 or 1=1' }],
  ])('refuses %s', (_, message) => expect(auditMessage.safeParse(message).success).toBe(false));
});
