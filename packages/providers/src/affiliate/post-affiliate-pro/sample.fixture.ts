const common = { currencyId: 'USD', campaignId: 'camp-1', campaignName: 'Default', affiliateId: 'aff-1' };

/** As merchants met them: the documentation of the API is within each account. */
const transactions = [
  { ...common, id: '1', type: 'S', rstatus: 'P', totalCost: 500, commission: 50, dateInserted: '2024-04-01 10:00:00' },
  { ...common, id: '2', type: 'S', rstatus: 'A', totalCost: 250, commission: 25, dateInserted: '2024-04-02 11:00:00' },
  {
    ...common,
    id: '3',
    type: 'U',
    rstatus: 'A',
    totalCost: 100,
    commission: 10,
    dateInserted: '2024-04-03 12:00:00',
    datePaid: '2024-04-20 09:00:00',
    campaignId: 'camp-2',
    affiliateId: 'aff-2',
  },
  { ...common, id: '4', type: 'R', rstatus: 'A', totalCost: 75, commission: 7.5, dateInserted: '2024-04-04 13:00:00' },
];

export const sample: typeof fetch = async () => Response.json({ data: transactions, total: transactions.length });
