import type { CredentialField } from './network.ts';

/** What IANA calls zones of which Intl lists a former name alone, since CLDR never changes one. It knows both. */
const renamed = [
  ...['Africa/Asmara', 'America/Argentina/Buenos_Aires', 'America/Argentina/Catamarca', 'America/Argentina/Cordoba'],
  ...['America/Argentina/Jujuy', 'America/Argentina/Mendoza', 'America/Atikokan', 'America/Indiana/Indianapolis'],
  ...[
    'America/Kentucky/Louisville',
    'America/Nuuk',
    'Asia/Ho_Chi_Minh',
    'Asia/Kathmandu',
    'Asia/Kolkata',
    'Asia/Yangon',
  ],
  ...['Atlantic/Faroe', 'Europe/Kyiv', 'Pacific/Chuuk', 'Pacific/Kanton', 'Pacific/Pohnpei'],
];

/** By either name. */
export const ianaZones: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone'), ...renamed];

/** For a network that does not tell in which zone it counts days. */
export const ianaZone: CredentialField = {
  name: 'timeZone',
  label: 'Time zone',
  secret: false,
  pattern: new RegExp(`^(?:${ianaZones.join('|').replaceAll('+', '\\+')})$`),
};
