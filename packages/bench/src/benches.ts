import { audit } from './audit.ts';
import type { Bench } from './bench.ts';
import { cold } from './cold.ts';
import { dashboard } from './dashboard.ts';
import { edge } from './edge.ts';
import { facts } from './facts.ts';
import { fanout } from './fanout.ts';
import { ingest } from './ingest.ts';
import { isolation } from './isolation.ts';
import { keys } from './keys.ts';
import { ledger } from './ledger.ts';
import { receive } from './receive.ts';
import { restate } from './restate.ts';

export const benches: Readonly<Record<string, Bench>> = {
  receive,
  cold,
  ingest,
  ledger,
  keys,
  audit,
  edge,
  isolation,
  facts,
  restate,
  dashboard,
  fanout,
};
