import { integer, jsonb, pgSchema, text } from 'drizzle-orm/pg-core';

const ref = pgSchema('ref');

export const brands = ref.table('brands', {
  slug: text('slug').notNull(),
  name: text('name').notNull(),
  adapterKey: text('adapter_key').notNull(),
  authType: text('auth_type', { enum: ['api_key', 'bearer', 'basic', 'login', 'upload'] }).notNull(),
  baseUrl: text('base_url'),
  rateLimit: jsonb('rate_limit'),
  windowDays: integer('window_days').notNull(),
  status: text('status', { enum: ['active', 'beta', 'deprecated', 'broken'] }).notNull(),
  limitations: text('limitations').array().notNull(),
});
