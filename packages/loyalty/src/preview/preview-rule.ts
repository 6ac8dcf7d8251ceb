import { AppError, invalidFields } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { instant } from '@tributary/core/instant';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import * as z from 'zod';
import { readRuleConfig } from '../rule/rule-config.ts';
import { readSales, type SaleKey, type SaleRule } from '../transaction/sale-state.ts';
import { openPreview, type RulePreview } from './compute-preview.ts';

const mostDays = 92;
const mostSales = 10_000;
/** Sales read at once. */
const pageSize = 1000;

export const previewPeriod = z
  .strictObject({
    from: instant.describe('Sales paid at this time or later.'),
    to: instant.describe(`Sales paid before this time; at most ${mostDays} days after \`from\`.`),
  })
  .refine(({ from, to }) => Date.parse(to) > Date.parse(from), { path: ['to'], message: 'must be after from' })
  .refine(({ from, to }) => Date.parse(to) - Date.parse(from) <= mostDays * 86_400_000, {
    path: ['to'],
    message: `must be at most ${mostDays} days after from`,
  });

const previewRuleInput = z.strictObject({ ruleId: z.string(), period: previewPeriod });

/**
 * What sales of the past would have earned under a version of the rule, beside what they did: computed as it is when points are
 * posted, a day's limit included, and nothing is posted.
 * @throws AppError `not_found`; `validation_failed` for a period of more than 10,000 sales.
 */
export const previewRule = verb(
  previewRuleInput,
  async ({ tx }: { tx: TenantTransaction }, { ruleId, period }): Promise<RulePreview> => {
    const rule = await readRule(tx, readId('rewardRule', ruleId));
    const keys = await readKeys(tx, period);
    const preview = openPreview(rule);
    for (let first = 0; first < keys.length; first += pageSize) {
      preview.add(await readSales(tx, keys.slice(first, first + pageSize)));
    }
    return preview.result();
  },
);

async function readRule(tx: TenantTransaction, id: string): Promise<SaleRule> {
  const [rule] = await tx.query<SaleRule>(
    'select id, config, currency from loyalty.reward_rules where org_id = $1 and id = $2',
    [tx.orgId, id],
  );
  if (!rule) throw new AppError('not_found', 'No such object.');
  return { ...rule, config: readRuleConfig(rule.config) };
}

/** In the order of their time: of two sales of a day the earlier has the day's limit first. */
async function readKeys(tx: TenantTransaction, { from, to }: z.output<typeof previewPeriod>): Promise<SaleKey[]> {
  const keys = await tx.query<SaleKey>(
    `select provider, provider_transaction_id as "externalId" from loyalty.transactions
     where org_id = $1 and transaction_at >= $2 and transaction_at < $3 order by transaction_at, id limit $4`,
    [tx.orgId, new Date(from), new Date(to), mostSales + 1],
  );
  if (keys.length <= mostSales) return keys;
  throw invalidFields([{ path: 'to', message: `must leave at most ${mostSales} sales` }]);
}
