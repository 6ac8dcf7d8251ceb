/** What a merchant's account holds. Amounts in minor units, times in Unix milliseconds, as on Clover's wire. */
export interface SandboxRefund {
  id: string;
  amount: number;
  tipAmount?: number;
  createdTime: number;
  /** SUCCESS unless told. */
  status?: string;
  voided?: boolean;
}

export interface SandboxPayment {
  id: string;
  orderId: string;
  /** Tax included, tip not. */
  amount: number;
  tipAmount?: number;
  taxAmount?: number;
  /** SUCCESS, FAIL, AUTH, VOIDED …; any text, to try what a reader does with a new one. */
  result: string;
  createdTime: number;
  modifiedTime: number;
  refunds?: readonly SandboxRefund[];
}

export interface SandboxDiscount {
  id: string;
  name: string;
  /** Negative. */
  amount?: number;
  percentage?: number;
}

export interface SandboxLineItem {
  id: string;
  name: string;
  /** Of one unit where there is a `unitQty`. */
  price: number;
  /** In thousandths. */
  unitQty?: number;
  itemCode?: string;
  refunded?: boolean;
  exchanged?: boolean;
  isOrderFee?: boolean;
  tags?: readonly string[];
  modifications?: readonly { id: string; name: string; amount: number }[];
  discounts?: readonly SandboxDiscount[];
}

export interface SandboxOrder {
  id: string;
  currency: string;
  createdTime: number;
  modifiedTime: number;
  customers?: readonly { id: string; firstName?: string; lastName?: string }[];
  lineItems?: readonly SandboxLineItem[];
  discounts?: readonly SandboxDiscount[];
  /** What its till made of it; without it the sum of the prices. */
  total?: number;
}

export interface SandboxMerchant {
  id: string;
  /** The merchant's own API token, which does not expire; none unless told. Tokens of OAuth come besides. */
  accessToken?: string;
  name?: string;
  /** Of new orders. USD unless told. */
  currency?: string;
  timeZone?: string;
  /** Whether the merchant has the app. True unless told. */
  isInstalled?: boolean;
  payments?: readonly SandboxPayment[];
  orders?: readonly SandboxOrder[];
}
