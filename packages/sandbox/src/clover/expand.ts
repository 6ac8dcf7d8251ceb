/** What can be expanded here: the part of Clover's list that loyalty reads. */
const expandable = {
  payments: new Set(['refunds', 'order', 'order.customers', 'order.lineItems']),
  orders: new Set([
    'payments',
    'payments.refunds',
    'customers',
    'discounts',
    'lineItems',
    'lineItems.discounts',
    'lineItems.modifications',
  ]),
  merchants: new Set(['properties']),
};

/** The fields to expand; a dotted one brings its parent along. Null when one is unknown or there are more than three. */
export function readExpand(kind: keyof typeof expandable, parameter: string | null): Set<string> | null {
  const asked = new Set((parameter ?? '').split(',').filter((field) => field !== ''));
  if (asked.size > 3 || [...asked].some((field) => !expandable[kind].has(field))) return null;
  return new Set([...asked].flatMap((field) => [field, field.split('.')[0] ?? field]));
}

/** `order.customers` below `order` is `customers`. */
export function below(parent: string, expand: ReadonlySet<string>): Set<string> {
  const prefix = `${parent}.`;
  return new Set([...expand].filter((field) => field.startsWith(prefix)).map((field) => field.slice(prefix.length)));
}
