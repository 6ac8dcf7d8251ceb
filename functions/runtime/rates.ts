import { type PublishedRate, readEcbFile } from '@tributary/affiliate/rate/read-ecb-file';
import { systemClock } from '@tributary/core/clock';
import { createGuardedCall } from '@tributary/providers/fetch/guarded-fetch';
import * as z from 'zod';
import { ConfigurationError, setting } from './config.ts';
import { isLoopback } from './loopback.ts';

/**
 * The European Central Bank's files, by how much they hold: the last day's rates, those of ninety days, all since 1999 (some 10 MB).
 * @see https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html
 */
const files = {
  day: 'eurofxref-daily.xml',
  quarter: 'eurofxref-hist-90d.xml',
  all: 'eurofxref-hist.xml',
} as const;

/** Rates as they are published. @throws ProviderError; PermanentFailure `not_ecb_rates` for a file in another form */
export async function publishedRates(file: keyof typeof files): Promise<PublishedRate[]> {
  const { host, allowLoopback } = environment();
  const guard = { allowLoopback, clock: systemClock, timeoutMs: 30_000, maxResponseBytes: 32 * 1024 * 1024 };
  const url = new URL(`/stats/eurofxref/${files[file]}`, host);
  const { body } = await createGuardedCall(guard)(url, {
    headers: { accept: 'text/xml' },
    as: 'text',
    schema: z.string(),
  });
  return readEcbFile(body);
}

function environment(): { host: string; allowLoopback: boolean } {
  const value = setting('ECB_ENVIRONMENT');
  if (value === 'production') return { host: 'https://www.ecb.europa.eu', allowLoopback: false };
  if (isLoopback(value)) return { host: value, allowLoopback: true };
  throw new ConfigurationError('ECB_ENVIRONMENT', "production, or a simulator's loopback address");
}
