import { ProviderError } from '@tributary/core/provider-error';
import { ianaZones } from '../iana-zone.ts';
import { offsetMs } from '../network-days.ts';

const named: Readonly<Record<string, string>> = {
  'Eastern Time (US & Canada)': 'America/New_York',
  'Central Time (US & Canada)': 'America/Chicago',
  'Mountain Time (US & Canada)': 'America/Denver',
  'Pacific Time (US & Canada)': 'America/Los_Angeles',
  'Coordinated Universal Time': 'UTC',
  UTC: 'UTC',
};

let zonesByCity: ReadonlyMap<string, string> | undefined;

/**
 * The zone of `(GMT -07:00) Pacific Time (US & Canada); Tijuana`: a place in it that is known and whose clocks show that offset in
 * winter or in summer. The offset alone does not tell when the clocks change.
 * @throws ProviderError `invalid_response`
 */
export function readTimeZone(text: string): string {
  const [, sign = '', hours, minutes, places = ''] = /^\(GMT ?([+-])?(?:(\d{2}):(\d{2}))?\) *(.+)$/.exec(text) ?? [];
  const stated = Number(`${sign}1`) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  const zone = places
    .split(/[;:,]/)
    .map((place) => zoneOf(place.trim()))
    .find((known) => known !== undefined && showsOffset(known, stated));
  if (zone === undefined)
    throw new ProviderError('invalid_response', 'impact: the time zone of the account is not known');
  return zone;
}

function zoneOf(place: string): string | undefined {
  if (Object.hasOwn(named, place)) return named[place];
  zonesByCity ??= new Map(ianaZones.map((zone) => [zone.split('/').at(-1)?.replaceAll('_', ' ') ?? zone, zone]));
  return zonesByCity.get(place);
}

function showsOffset(timeZone: string, stated: number): boolean {
  return ['2026-01-15T12:00:00Z', '2026-07-15T12:00:00Z'].some((at) => offsetMs(new Date(at), timeZone) === stated);
}
