import { dailyMetrics } from '@tributary/core/daily-stats';
import type { NetworkDescriptor } from '../network.ts';

/** Whatever network has no adapter: files of its statistics are uploaded, and nothing is asked of anybody. */
export const csv: NetworkDescriptor = {
  slug: 'csv',
  name: 'CSV upload',
  status: 'active',
  authType: 'upload',
  credentials: [],
  baseUrl: null,
  windowDays: 400,
  rateLimit: null,
  timeZone: null,
  currency: null,
  metrics: dailyMetrics,
  limitations: [
    'Files are UTF-8 with a line of headings, of at most 5 MiB, 100,000 rows and 400 days.',
    'A column is found by its heading; of metrics that have none the rows say 0.',
    'What is missing from a file is set to zero only where somebody says that it covers its days.',
  ],
  documentation: 'https://www.rfc-editor.org/rfc/rfc4180',
};
