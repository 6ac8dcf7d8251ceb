import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBilling, refusal } from './billing.fixture.ts';
import { getInvoicePdf } from './get-invoice-pdf.ts';
import type { InvoiceDetail } from './invoice.ts';
import { textsOf } from './pdf-texts.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

async function openOffice() {
  const office = await openBilling(database);
  const ann = await office.hire('Ann Müller', {}, { value: 'ann' });
  await office.state('2026-06-10', [{ subId: 'ann', commissionMinor: 1_234_567 }]);
  const print = async ({ id: invoiceId }: InvoiceDetail) => getInvoicePdf(office.context, { invoiceId });
  return { office, ann, print, draft: await office.draft(ann, '2026-06') };
}

const setName = (orgId: string, column: string, value: string) =>
  database.superuser.query(`update identity.organizations set ${column} = $2 where id = $1`, [orgId, value]);

describe('an invoice to print', () => {
  it('says what the invoice says, under the name of the organization’s own', async () => {
    const { office, print, draft } = await openOffice();
    await setName(office.orgId, 'white_label', JSON.stringify({ name: 'Zażółć & Söhne', logoUrl: null, colors: null }));
    const { fileName, bytes } = await print(await office.issue(draft));
    expect(fileName).toBe('INV-2026-000001.pdf');
    const texts = textsOf(bytes);
    expect(texts).toEqual([
      'Invoice INV-2026-000001',
      ...['Issued by', 'Zazólc & Söhne', 'Payable to', 'Ann Müller', 'Month', '2026-06'],
      ...['Issued on', '2026-11-20', 'Due on', '2026-07-30'],
      ...['For', 'Of', 'Rate', 'Amount'],
      ...['Commission, everflow 2026-06', '12,345.67 EUR', '10.00 %', '1,234.57 EUR'],
      ...['Total', '1,234.57 EUR', '1 / 1'],
    ]);
  });

  it('is the same, byte for byte, whenever it is printed and whatever everybody is called by then', async () => {
    const { office, ann, print, draft } = await openOffice();
    const issued = await office.issue(draft);
    const before = await print(issued);
    await setName(office.orgId, 'name', 'Another');
    await office.update(ann, { name: 'Bob' });
    await office.pay(issued);
    expect(await print(issued)).toEqual(before);
  });

  it('says that it is a draft, with the names of now, or that it is void', async () => {
    const { office, ann, print, draft } = await openOffice();
    await office.update(ann, { name: 'Bob' });
    const printed = await print(draft);
    expect(printed.fileName).toBe('draft.pdf');
    expect(textsOf(printed.bytes)).toEqual(expect.arrayContaining(['Draft of an invoice', 'Bob']));
    const { bytes } = await print(await office.void(await office.issue(draft)));
    expect(textsOf(bytes)[0]).toBe('Invoice INV-2026-000001 (void)');
  });

  it('is nobody else’s', async () => {
    const { draft } = await openOffice();
    const { context } = await openBilling(database);
    expect(await refusal(getInvoicePdf(context, { invoiceId: draft.id }))).toBe('not_found');
  });
});
