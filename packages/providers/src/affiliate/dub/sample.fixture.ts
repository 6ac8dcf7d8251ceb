/** https://dub.co/docs/api-reference/analytics/retrieve, grouped by partner. */
const partners = [
  {
    partnerId: 'pn_1JPBEGP7EXF76CXT1W99VERW5',
    partner: {
      id: 'pn_1JPBEGP7EXF76CXT1W99VERW5',
      name: 'A partner',
      email: 'partner@example.com',
      image: null,
      payoutsEnabledAt: null,
      country: 'US',
    },
    clicks: 123,
    leads: 12,
    sales: 3,
    saleAmount: 4500,
  },
];

/** https://dub.co/docs/api-reference/commissions/list */
const commissions = [
  {
    id: 'cm_1JVR7XRCSR0EDBAF39FZ4PMYE',
    type: 'sale',
    amount: 4500,
    earnings: 123,
    currency: 'usd',
    status: 'pending',
    invoiceId: null,
    description: null,
    quantity: 1,
    userId: null,
    createdAt: '2026-01-15T10:30:00.000Z',
    updatedAt: '2026-01-15T10:30:00.000Z',
    paidAt: null,
    partner: {
      id: 'pn_1JPBEGP7EXF76CXT1W99VERW5',
      name: 'A partner',
      email: null,
      image: null,
      payoutsEnabledAt: null,
      country: 'US',
      groupId: null,
    },
    customer: null,
  },
];

export const sample: typeof fetch = async (input) =>
  Response.json(new URL(String(input)).pathname === '/analytics' ? partners : commissions);
