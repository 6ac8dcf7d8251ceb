import { keyIdOf } from '@tributary/providers/signature/key-id';
import { describe, expect, it } from 'vitest';
import { reportKeys } from './webhook-key-report.ts';

const at = new Date('2026-11-21T12:00:00Z');
const hours = (count: number) => new Date(at.getTime() + count * 3_600_000);
const use = (keyId: string, firstAt: Date, lastAt: Date) => ({ provider: 'square', keyId, firstAt, lastAt });

describe('the report of webhook keys', () => {
  it('shows how a rotation goes: the new key in use, the old one since when it is not, one that ended, one that is gone', () => {
    const configured = [
      { key: 'newer', endsAt: null },
      { key: 'older', endsAt: hours(24) },
      { key: 'oldest', endsAt: hours(-1) },
    ];
    const uses = [
      use('0', hours(-900), hours(-800)),
      use(keyIdOf('older'), hours(-700), hours(-3)),
      use(keyIdOf('newer'), hours(-3), hours(0)),
    ];
    expect(reportKeys(configured, uses, at)).toEqual([
      {
        keyId: keyIdOf('newer'),
        state: 'current',
        endsAt: null,
        firstDeliveryAt: '2026-11-21T09:00:00.000Z',
        lastDeliveryAt: '2026-11-21T12:00:00.000Z',
      },
      {
        keyId: keyIdOf('older'),
        state: 'accepted',
        endsAt: '2026-11-22T12:00:00.000Z',
        firstDeliveryAt: '2026-10-23T08:00:00.000Z',
        lastDeliveryAt: '2026-11-21T09:00:00.000Z',
      },
      {
        keyId: keyIdOf('oldest'),
        state: 'ended',
        endsAt: '2026-11-21T11:00:00.000Z',
        firstDeliveryAt: null,
        lastDeliveryAt: null,
      },
      {
        keyId: '0',
        state: 'removed',
        endsAt: null,
        firstDeliveryAt: '2026-10-15T00:00:00.000Z',
        lastDeliveryAt: '2026-10-19T04:00:00.000Z',
      },
    ]);
  });

  it('has a key until its end and not at it, and is current by what is accepted, not by its place', () => {
    const configured = [
      { key: 'ends now', endsAt: at },
      { key: 'ends later', endsAt: hours(1) },
    ];
    expect(reportKeys(configured, [], at).map(({ state }) => state)).toEqual(['ended', 'current']);
  });

  it('tells no key', () => {
    const configured = [{ key: 'canary-of-a-key', endsAt: null }];
    expect(JSON.stringify(reportKeys(configured, [], at))).not.toContain('canary');
  });
});
