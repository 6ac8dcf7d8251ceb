import { describe, expect, it } from 'vitest';
import { explode } from './explode.ts';
import { hintOf } from './hint.ts';
import { one, resourceId } from './webhook.fixture.ts';

describe('hints', () => {
  const hinted = (change: Record<string, unknown> = {}) => explode(one(change)).map(hintOf)[0];

  it.each(['CONTACT', 'INVOICE', 'CREDITNOTE'])('name the %s to fetch', (category) => {
    const at = new Date('2024-06-21T01:15:39.902Z');
    expect(hinted({ eventCategory: category })).toEqual({ category, id: resourceId, at });
    expect(hinted({ eventCategory: category.toLowerCase() })).toEqual({ category, id: resourceId, at });
  });

  it('may not know when', () => expect(hinted({ eventDateUtc: null })).toMatchObject({ id: resourceId, at: null }));

  it.each([
    ['a category to come', { eventCategory: 'PAYMENT' }],
    ['a category to come, without an object', { eventCategory: 'PAYMENT', resourceId: undefined }],
    ['the app', { eventCategory: 'SUBSCRIPTION', tenantType: 'APPLICATION' }],
    ['what every object inherits', { eventCategory: 'constructor' }],
  ])('are not given for %s', (_, change) => expect(hinted(change)).toBeNull());

  it.each([
    ['no id', { resourceId: undefined }],
    ['an id that leads elsewhere', { resourceId: '../Users' }],
    ['an id with a query', { resourceId: `${resourceId}?a=b` }],
  ])('are refused for good with %s', (_, change) => {
    expect(() => hinted(change)).toThrowError(expect.objectContaining({ reason: 'invalid_payload' }));
  });

  it.each([null, {}, { category: 'CONTACT' }, { category: 'CONTACT', resourceId, at: 'now' }])(
    'are refused for good when malformed: %j',
    (payload) => {
      expect(() => hintOf({ type: 'CONTACT:UPDATE', payload })).toThrowError(
        expect.objectContaining({ reason: 'invalid_payload' }),
      );
    },
  );
});
