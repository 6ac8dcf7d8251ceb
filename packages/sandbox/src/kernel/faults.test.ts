import { describe, expect, it } from 'vitest';
import { createFaultPlan, type FaultedRequest, type FaultKind } from './faults.ts';

const request = (path: string): FaultedRequest => ({ method: 'GET', path, query: new URLSearchParams(), headers: {} });
const delivery = (id: string) => ({ id, url: 'https://example.com/', topic: 'payment.updated' });

describe('a plan', () => {
  it('is met in the order in which it was made, as often as it says', () => {
    const faults = createFaultPlan();
    faults.plan({ fault: 'server_error', times: 2 });
    faults.plan({ fault: 'reset' });
    faults.plan({ fault: 'no_answer', times: 0 });
    const met = Array.from({ length: 4 }, () => faults.nextForRequest(request('/'), [])?.kind ?? null);
    expect(met).toEqual(['server_error', 'server_error', 'reset', null]);
  });

  it('waits for the request it is about, and lets others pass', () => {
    const faults = createFaultPlan();
    faults.plan({ fault: 'rate_limited_seconds', seconds: 40, on: ({ path }) => path === '/token' });
    expect(faults.nextForRequest(request('/list'), [])).toBeNull();
    expect(faults.nextForRequest(request('/token'), [])).toEqual({ kind: 'rate_limited_seconds', seconds: 40 });
    expect(faults.nextForRequest(request('/token'), [])).toBeNull();
  });

  it('of a content fault waits for a route that can do it', () => {
    const faults = createFaultPlan();
    faults.plan({ fault: 'stale' });
    faults.plan({ fault: 'reset' });
    expect(faults.nextForRequest(request('/'), ['cursor_loop'])?.kind).toBe('reset');
    expect(faults.nextForRequest(request('/'), ['stale'])).toEqual({ kind: 'stale', seconds: 10 });
  });

  it('keeps deliveries and requests apart', () => {
    const faults = createFaultPlan();
    faults.plan({ fault: 'drop', on: ({ id }) => id === 'second' });
    faults.plan({ fault: 'empty' });
    expect(faults.nextForDelivery(delivery('first'))).toBeNull();
    expect(faults.nextForDelivery(delivery('second'))?.kind).toBe('drop');
    expect(faults.nextForDelivery(delivery('second'))).toBeNull();
    expect(faults.nextForRequest(request('/'), [])?.kind).toBe('empty');
  });

  it('can be given up', () => {
    const faults = createFaultPlan();
    faults.plan({ fault: 'reset' });
    faults.mix({ probabilities: { reset: 1, drop: 1 }, seed: 1 });
    faults.clear();
    expect([faults.nextForRequest(request('/'), []), faults.nextForDelivery(delivery('one'))]).toEqual([null, null]);
  });
});

describe('a mix', () => {
  const draw = (seed: number, probabilities: Partial<Record<FaultKind, number>>, count = 10_000) => {
    const faults = createFaultPlan();
    faults.mix({ probabilities, seed });
    return Array.from({ length: count }, () => faults.nextForRequest(request('/'), ['stale'])?.kind ?? null);
  };
  const share = (kinds: (FaultKind | null)[], kind: FaultKind) =>
    kinds.filter((other) => other === kind).length / kinds.length;

  it('draws each fault about as often as it says', () => {
    const kinds = draw(1, { server_error: 0.3, stale: 0.1, drop: 1 });
    expect(share(kinds, 'server_error')).toBeCloseTo(0.3, 1);
    expect(share(kinds, 'stale')).toBeCloseTo(0.1, 1);
    expect(share(kinds, 'drop')).toBe(0);
  });

  it('is the same for the same seed', () => {
    const mix = { reset: 0.2, malformed: 0.2 };
    expect(draw(3, mix, 500)).toEqual(draw(3, mix, 500));
    expect(draw(3, mix, 500)).not.toEqual(draw(4, mix, 500));
  });

  it('draws for deliveries apart from requests', () => {
    const [faults, others] = [createFaultPlan(), createFaultPlan()];
    for (const plan of [faults, others])
      plan.mix({ probabilities: { drop: 0.3, duplicate: 0.3, reset: 0.5 }, seed: 9 });
    const kinds = Array.from({ length: 1000 }, (_, index) => {
      if (index % 2 === 0) others.nextForRequest(request('/'), []);
      return [faults.nextForDelivery(delivery('x'))?.kind, others.nextForDelivery(delivery('x'))?.kind];
    });
    expect(kinds.filter(([one, other]) => one !== other)).toEqual([]);
    expect(new Set(kinds.map(([kind]) => kind))).toEqual(new Set(['drop', 'duplicate', undefined]));
  });

  it('steps back behind a plan', () => {
    const faults = createFaultPlan();
    faults.mix({ probabilities: { reset: 1 }, seed: 1 });
    faults.plan({ fault: 'html' });
    expect(faults.nextForRequest(request('/'), [])?.kind).toBe('html');
    expect(faults.nextForRequest(request('/'), [])?.kind).toBe('reset');
  });

  it('refuses more than all', () => {
    expect(() => createFaultPlan().mix({ probabilities: { reset: 0.6, empty: 0.5 }, seed: 1 })).toThrow('more than 1');
    expect(() => createFaultPlan().mix({ probabilities: { reset: 0.6, drop: 0.5 }, seed: 1 })).not.toThrow();
  });
});
