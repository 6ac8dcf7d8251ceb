import type { Bench } from './bench.ts';
import { cold } from './cold.ts';
import { ingest } from './ingest.ts';
import { ledger } from './ledger.ts';
import { receive } from './receive.ts';

export const benches: Readonly<Record<string, Bench>> = { receive, cold, ingest, ledger };
