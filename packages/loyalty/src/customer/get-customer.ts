import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { eq } from 'drizzle-orm';
import * as z from 'zod';
import { customers } from '../wallet/wallet.sql.ts';
import { type CustomerDetail, selectCustomers, serializeCustomerDetail } from './customer-detail.ts';

const getCustomerInput = z.strictObject({ customerId: z.string() });

/** One customer with the wallet; one that was merged is the one it turned out to be. @throws AppError `not_found`. */
export const getCustomer = verb(
  getCustomerInput,
  async (context: TenantContext, { customerId }): Promise<CustomerDetail> => {
    const own = eq(customers.id, readId('customer', customerId));
    return serializeCustomerDetail(await readTenant(context, (reader) => selectCustomers(reader, context.orgId, own)));
  },
);
