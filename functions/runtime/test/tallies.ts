import { AppError } from '@tributary/core/errors';
import type { Access, AccessTable } from '@tributary/http/access';
import { type Context, route } from '@tributary/http/route';
import * as z from 'zod';
import type { ApiDeps } from '../api.ts';
import { once } from '../once.ts';

/** Where the routes below write. */
export const tallyTable = `create table public.tallies (org_id uuid, id text, count int, at timestamptz default clock_timestamp(),
    primary key (org_id, id));
  grant select, insert, update on public.tallies to tributary_api`;

const sampleResponse = z.object({ at: z.iso.datetime(), count: z.int(), key: z.string() });
const writing = { method: 'POST', tags: [] } as const;
const params = z.strictObject({ tallyId: z.string() });
const body = z.strictObject({ count: z.int(), note: z.string().optional() });

/** Adds to a tally and tells what it holds; one such route for each name. */
const adding = (operationId: string, { keyed = true, response = sampleResponse } = {}) =>
  route({
    ...writing,
    ...(keyed && { idempotent: true }),
    path: `/v1/tallies/{tallyId}/${operationId}`,
    operationId,
    summary: 'Adds',
    params,
    body,
    response,
    responseStatus: 201,
    handler: (context: Context<ApiDeps>, { params, body }) =>
      once(context, operationId, { ...params, ...body }, async (tx, key) => {
        const [row] = await tx.query<{ at: Date; count: number; secret: string }>(
          `insert into public.tallies as t (org_id, id, count) values ($1, $2, $3)
           on conflict (org_id, id) do update set count = t.count + excluded.count, at = clock_timestamp()
           returning 'canary' as secret, count, at`,
          [tx.orgId, params.tallyId, body.count],
        );
        if (!row || row.count > 100) throw new AppError('ceiling_violated', 'The tally is full.');
        return { ...row, key, count: BigInt(row.count) };
      }),
  });

export const routes = [
  adding('add'),
  adding('count'),
  adding('unkeyed', { keyed: false }),
  adding('narrow', { response: sampleResponse.extend({ count: z.int().max(10) }) }),
];

/** Who may call those of the routes. */
export function accessTo(served: typeof routes): AccessTable {
  const line: Access = { roles: ['owner', 'operator'], scope: 'test:write', cost: 'write' };
  return Object.fromEntries(served.map(({ operationId }) => [operationId, line]));
}

const { at, count, key } = sampleResponse.shape;

/** As later releases may have it: the fields in another order, and a field that did not exist. */
export const laterRoutes = [
  adding('add', { response: z.object({ key, count, at }) }),
  adding('count', { response: z.object({ at, count, key, unit: z.string() }) }),
];
