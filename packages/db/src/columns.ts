import { sql } from 'drizzle-orm';
import { bigint, timestamp, uuid } from 'drizzle-orm/pg-core';

/** The organization a row belongs to: first in every key and index of a tenant table. */
export const orgId = () => uuid('org_id').notNull();

/** A UUIDv7 the database draws. */
export const id = () => uuid('id').notNull().default(sql`uuidv7()`);

/** An instant, read as a Date. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Points or minor units: an int8 that must fit a safe integer. */
export const amount = (name: string) => bigint(name, { mode: 'number' });
