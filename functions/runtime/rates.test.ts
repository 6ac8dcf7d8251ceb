import { afterEach, describe, expect, it, vi } from 'vitest';
import { publishedRates } from './rates.ts';

describe('the address that exchange rates are asked of', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    'http://10.0.0.1:80',
    'http://127.0.0.1.example.com:80',
    'https://www.example.com',
    'http://127.0.0.1:80/rates',
    'sandbox',
  ])('is not that of somebody else: %s', async (address) => {
    vi.stubEnv('ECB_ENVIRONMENT', address);
    await expect(publishedRates('day')).rejects.toMatchObject({
      name: 'ConfigurationError',
      missing: 'ECB_ENVIRONMENT',
    });
  });

  // Nothing listens on that port: it was asked.
  it.each(['http://127.0.0.1:1', 'http://localhost:1', 'http://[::1]:1'])(
    'may be one of this machine: %s',
    async (address) => {
      vi.stubEnv('ECB_ENVIRONMENT', address);
      await expect(publishedRates('day')).rejects.toMatchObject({ kind: 'unavailable' });
    },
  );
});
