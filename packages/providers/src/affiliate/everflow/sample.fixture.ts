/** As https://developers.everflow.io/api-reference/post-affiliatesreportingentitytable shows an answer, with numbers in it. */
const report = {
  table: [
    {
      columns: [
        { column_type: 'date', id: '1772323200', label: '2026-03-01' },
        { column_type: 'offer', id: '12', label: 'Summer Casino' },
        { column_type: 'source_id', id: '', label: '' },
        { column_type: 'sub1', id: 'summer', label: 'summer' },
      ],
      reporting: {
        imp: 50_000,
        total_click: 1200,
        unique_click: 1100,
        invalid_click: 31,
        duplicate_click: 7,
        ctr: 2.4,
        cv: 45,
        view_through_cv: 0,
        event: 12,
        cvr: 3.75,
        evr: 1,
        rpc: 1.875,
        rpm: 45,
        revenue: 2250.125,
        redirect_traffic_revenue: 0,
        on_hold_conversion_count: 3,
        on_hold_potential_revenue: 150,
      },
    },
  ],
};

const timezones = { timezones: [{ timezone_id: 80, timezone: 'America/New_York', utc_offset: '-05:00' }] };

export const sample: typeof fetch = sampleOf('1772323200');

/** The same with another number of the day. */
export function sampleOf(dayId: string): typeof fetch {
  const table = report.table.map(({ columns: [day, ...others], reporting }) => ({
    columns: [{ ...day, id: dayId }, ...others],
    reporting,
  }));
  return async (input) => Response.json(String(input).endsWith('/timezones') ? timezones : { table });
}
