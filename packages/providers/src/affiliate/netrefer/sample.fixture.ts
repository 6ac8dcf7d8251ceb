/**
 * Rows as affiliates met them (cases A46, A47): figures in pairs, and in another operator's report in camel case as plain numbers. The
 * rows are the cases', a month to each.
 */
const rows = [
  {
    Date: '2026-06-01T00:00:00Z',
    BrandId: 'BR-100',
    BrandName: 'A casino',
    TrackerId: 'TR-1',
    TrackerName: 'homepage-banner',
    Currency: 'EUR',
    Clicks: { Result: 1200, Adjustment: 0 },
    Registrations: { Result: 40, Adjustment: -2 },
    Deposits: { Result: 5000, Adjustment: -250 },
    CPA: { Result: 800, Adjustment: 0 },
    RevShare: { Result: 150.5, Adjustment: -10.5 },
  },
  {
    Date: '2026-05-15T00:00:00Z',
    BrandId: 'BR-100',
    BrandName: 'A casino',
    TrackerId: 'TR-2',
    TrackerName: 'review-page',
    Currency: 'EUR',
    Clicks: { Result: 300, Adjustment: 0 },
    Registrations: { Result: 9, Adjustment: 0 },
    Deposits: { Result: 1200, Adjustment: 0 },
    CPA: { Result: 180, Adjustment: 0 },
    RevShare: { Result: 20, Adjustment: 0 },
  },
  {
    date: '2026-03-01T00:00:00Z',
    brandId: 'BR-200',
    brandName: 'Sports',
    trackerId: 'TR-3',
    trackerName: 'newsletter',
    currency: 'EUR',
    clicks: 75,
    registrations: 3,
    deposits: 600,
    cpa: 90,
    revShare: 12,
  },
];

/** Answers for the days in the address. */
export const sample: typeof fetch = async (input) => {
  const [from = '', to = ''] = new URL(String(input)).pathname.split('/').slice(-2);
  const days = rows.filter((row) => {
    const day = (row.Date ?? row.date).slice(0, 10);
    return day >= from && day <= to;
  });
  return Response.json({ Report: days });
};
