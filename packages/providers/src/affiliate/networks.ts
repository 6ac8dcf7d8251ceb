import { awin } from './awin/awin.ts';
import { csv } from './csv/csv.ts';
import { dub } from './dub/dub.ts';
import { everflow } from './everflow/everflow.ts';
import { impact } from './impact/impact.ts';
import { netrefer } from './netrefer/netrefer.ts';
import type { Network, NetworkDescriptor } from './network.ts';
import { postAffiliatePro } from './post-affiliate-pro/post-affiliate-pro.ts';

const all: readonly Network[] = [awin, dub, everflow, impact, netrefer, postAffiliatePro];

/** Every network there is an adapter for, by slug. */
export const networks: Readonly<Record<string, Network>> = Object.fromEntries(all.map((one) => [one.slug, one]));

/** Every brand of the catalogue: the networks, and the upload that stands for all others and is asked nothing. */
export const brands: Readonly<Record<string, NetworkDescriptor>> = { ...networks, [csv.slug]: csv };
