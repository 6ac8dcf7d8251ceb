import { createHash } from 'node:crypto';
import type { Json } from '@tributary/core/canonical-json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keptFields } from './kept-fields.ts';
import { idName, type Name, nameKey, namesIn, pseudonymOf } from './names.ts';
import { follow, objectsOf, redact, redactRequest } from './redact.ts';
import type { ErasedNames } from './replace-id.ts';

const wire = { provider: 'square', country: 'US' };

function erasedOf(
  ...names: readonly (readonly [name: Name, change?: { isReference?: true; customerId?: string }])[]
): ErasedNames {
  return new Map(
    names.map(([name, change]) => [
      nameKey(name),
      {
        fingerprint: createHash('sha256').update(nameKey(name)).digest(),
        isReference: false,
        customerId: 'ann',
        ...change,
      },
    ]),
  );
}
const ann = erasedOf([idName('square', 'ANN')], [['email', '', 'ann@example.com']], [['mobile', '', '+14155550143']]);
const pseudonym = expect.stringMatching(/^erased-[0-9a-f]{20}$/);

describe('a name', () => {
  it.each([
    ['ann@example.com', 'email'],
    [' ANN@Example.COM ', 'email'],
    ['+1 415 555 0143', 'mobile'],
    ['(415) 555-0143', 'mobile'],
    ['415.555.0143', 'mobile'],
  ])('%j is found however it is written', (text, kind) => {
    const found = namesIn(text, 'square', 'US').filter((name) => ann.has(nameKey(name)));
    expect(found.map(([one]) => one)).toEqual([kind]);
  });

  it('that is a GUID is one in either case, and stays a GUID as a pseudonym', () => {
    const guid = 'F33EB1B2-4E1E-4C13-9C3B-5F2B7E0D0A01';
    expect(idName('xero', guid)).toEqual(idName('xero', guid.toLowerCase()));
    expect(pseudonymOf(guid, Buffer.alloc(32, 0xab))).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
});

describe('redact', () => {
  it('leaves of a payment what a sale is read from, and of the person a pseudonym', () => {
    const payment = {
      id: 'P1',
      status: 'COMPLETED',
      amount_money: { amount: 500, currency: 'USD' },
      customer_id: 'ANN',
      buyer_email_address: 'someone.else@example.com',
      billing_address: { first_name: 'Ann' },
      card_details: { card: { cardholder_name: 'ANN LEE' } },
      note: 'for Ann',
      a_field_of_next_year: 'Ann',
    };
    expect(redact({ payment }, ann, wire)).toEqual({
      payment: {
        id: 'P1',
        status: 'COMPLETED',
        amount_money: { amount: 500, currency: 'USD' },
        customer_id: pseudonym,
      },
    });
  });

  it('touches no other object of a list', () => {
    const others = { id: 'P2', customer_id: 'BOB', note: 'for Bob' };
    const page = { payments: [others, { id: 'P1', customer_id: 'ANN', note: 'for Ann' }], cursor: 'next' };
    expect(redact(page, ann, wire)).toEqual({
      payments: [others, { id: 'P1', customer_id: pseudonym }],
      cursor: 'next',
    });
  });

  it('finds who is named by an address or number alone, wherever it stands', () => {
    const told = { order: { id: 'O1', fulfillments: [{ recipient: { phone_number: '(415) 555-0143' } }] } };
    expect(redact(told, ann, wire)).toEqual({ order: { id: 'O1' } });
  });

  it('leaves of a customer only the id', () => {
    const order = { id: 'O', customers: { elements: [{ id: 'ANN', name: 'Ann', status: 'gold' }] } };
    expect(redact(order, ann, wire)).toEqual({ id: 'O', customers: { elements: [{ id: pseudonym }] } });
  });

  it('keeps the id of a sale by which an object is found to be theirs', () => {
    const reference = erasedOf([idName('square', 'O1'), { isReference: true }]);
    expect(redact({ id: 'O1', ticket_name: 'Ann' }, reference, wire)).toEqual({ id: 'O1' });
  });

  it('replaces an id in a hint and in a request', () => {
    expect(redact({ objectId: 'C:ANN', ts: 1 }, ann, wire)).toEqual({
      objectId: expect.stringMatching(/^C:erased-/),
      ts: 1,
    });
    expect(redactRequest('GET v2/customers/ANN?expand=cards', ann, 'square')).toMatch(
      /^GET v2\/customers\/erased-\w{20}\?expand=cards$/,
    );
  });

  it('takes an invoice for one object, although it has a list of payments', () => {
    expect(objectsOf({ InvoiceID: 'i', Payments: [{ PaymentID: 'p' }] })).toHaveLength(1);
    expect(objectsOf({ Id: 'answer', Invoices: [{ InvoiceID: 'i' }, { InvoiceID: 'j' }] })).toHaveLength(2);
  });

  describe('follows', () => {
    const [contact, payment, order] = [idName('xero', 'c-1'), idName('square', 'P1'), idName('square', 'O1')];

    it('a contact to its id', () => {
      const told = { ContactID: 'c-1', ContactStatus: 'ACTIVE', EmailAddress: 'ann@example.com' };
      expect(follow({ Contacts: [told] }, ann, { ...wire, provider: 'xero' })).toEqual([
        { name: contact, customerId: 'ann', isReference: false },
      ]);
    });

    it('a sale to its order, and to none of a sale of somebody else', () => {
      expect(follow({ payment: { id: 'P1', order_id: 'O1', customer_id: 'ANN' } }, ann, wire)).toEqual([
        { name: payment, customerId: 'ann', isReference: true },
        { name: order, customerId: 'ann', isReference: true },
      ]);
      expect(follow({ payment: { id: 'P2', order_id: 'O1', customer_id: 'BOB' } }, ann, wire)).toEqual([]);
    });

    it('each object of a page to its own subject', () => {
      const both = new Map([...ann, ...erasedOf([idName('square', 'BEA'), { customerId: 'bea' }])]);
      const page = {
        payments: [
          { id: 'P1', customer_id: 'BEA' },
          { id: 'P2', customer_id: 'ANN' },
        ],
      };
      expect(follow(page, both, wire)).toEqual([
        { name: payment, customerId: 'bea', isReference: true },
        { name: idName('square', 'P2'), customerId: 'ann', isReference: true },
      ]);
    });
  });

  const words = fc.constantFrom(
    'ANN',
    'BOB',
    'ann@example.com',
    'Ann@Example.com',
    '+14155550143',
    'tea for ann@example.com',
    'tea',
    'C:ANN',
  );
  const fields = fc.constantFrom(...keptFields, 'note', 'given_name', 'emailAddress', 'constructor');
  const { document } = fc.letrec<{ document: Json }>((tie) => ({
    document: fc.oneof(
      { depthSize: 'small' },
      words,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('document'), { maxLength: 4 }),
      fc.dictionary(fields, tie('document'), { maxKeys: 6 }),
    ),
  }));

  it('leaves nothing of an erased name in any document, and changes nothing the second time', () => {
    let named = 0;
    fc.assert(
      fc.property(fc.dictionary(fields, document, { maxKeys: 6 }), (told) => {
        const redacted = redact(told, ann, wire);
        named += redacted === told ? 0 : 1;
        for (const object of objectsOf(redacted))
          expect(JSON.stringify(object)).not.toMatch(/"(C:)?ANN"|ann@example|4155550143/i);
        expect(redact(redacted, ann, wire)).toEqual(redacted);
      }),
      { numRuns: 2000 },
    );
    console.info(`2000 documents, ${named} of them with somebody erased`);
    expect(named).toBeGreaterThan(200);
  });
});
