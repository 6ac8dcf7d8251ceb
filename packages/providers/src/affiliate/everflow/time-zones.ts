import type { ProviderCall } from '@tributary/core/provider-call';
import * as z from 'zod';

const timeZones = z.object({ timezones: z.array(z.object({ timezone_id: z.int(), timezone: z.string() })) });

/** Everflow's numbers of the zones (https://developers.everflow.io/docs/metadata/timezones). */
export async function askTimeZones(call: ProviderCall) {
  return (await call({ path: 'v1/meta/timezones' }, timeZones)).timezones;
}
