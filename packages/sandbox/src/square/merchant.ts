import { type Account, find, nowText } from './account.ts';
import { type CustomerInput, type LocationInput, newCustomer } from './objects.ts';
import { orderOnWire } from './order.ts';
import { addRefundFee, type RefundInput, refundPayment, settleRefund } from './refund.ts';
import { addProcessingFee, changePayment, type PaymentChange, type SaleInput, takePayment } from './sale.ts';
import type { SquareCustomer, SquareLocation, SquareOrder, SquarePayment, SquareRefund } from './schemas.ts';

/** What a merchant does, and what is then in the account. Webhooks tell the application of it. */
export interface Merchant {
  readonly id: string;
  addLocation(input: LocationInput): SquareLocation;
  closeLocation(id: string): SquareLocation;
  addCustomer(input: CustomerInput): SquareCustomer;
  takePayment(sale: SaleInput): SquarePayment;
  changePayment(id: string, change: PaymentChange): SquarePayment;
  addProcessingFee(id: string, feeMinor: number): SquarePayment;
  refundPayment(refund: RefundInput): SquareRefund;
  settleRefund(id: string, status: SquareRefund['status']): SquareRefund;
  addRefundFee(id: string, feeMinor: number): SquareRefund;
  /** What is true now, whatever the lists show. */
  payments(): readonly SquarePayment[];
  refunds(): readonly SquareRefund[];
  locations(): readonly SquareLocation[];
  order(id: string): SquareOrder;
  /** Withdraws the application's authorization in the merchant's dashboard: `oauth.authorization.revoked`. */
  revokeApplication(): void;
}

export function createMerchant(account: Account, revokeApplication: () => void): Merchant {
  const { context, locations, customers } = account;
  return {
    id: account.id,
    addLocation: account.addLocation,
    closeLocation: (id) => {
      const closed: SquareLocation = { ...find(locations, id), status: 'INACTIVE' };
      locations.set(id, closed);
      return closed;
    },
    addCustomer: (input) => {
      const customer = newCustomer(input, nowText(context), context.random);
      customers.set(customer.id, customer);
      return customer;
    },
    takePayment: (sale) => takePayment(account, sale),
    changePayment: (id, change) => changePayment(account, id, change),
    addProcessingFee: (id, feeMinor) => addProcessingFee(account, id, feeMinor),
    refundPayment: (refund) => refundPayment(account, refund),
    settleRefund: (id, status) => settleRefund(account, id, status),
    addRefundFee: (id, feeMinor) => addRefundFee(account, id, feeMinor),
    payments: () => [...account.payments.values()],
    refunds: () => [...account.refunds.values()],
    locations: () => [...locations.values()],
    order: (id) => orderOnWire(find(account.orders, id)),
    revokeApplication,
  };
}
