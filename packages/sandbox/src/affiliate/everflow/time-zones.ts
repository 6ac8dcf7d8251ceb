/** Some of https://developers.everflow.io/docs/metadata/timezones. */
export const timeZones: Readonly<Record<number, string>> = {
  1: 'Pacific/Kiritimati',
  5: 'Pacific/Auckland',
  12: 'Australia/Sydney',
  56: 'Europe/Berlin',
  67: 'UTC',
  80: 'America/New_York',
  99: 'Pacific/Pago_Pago',
};
