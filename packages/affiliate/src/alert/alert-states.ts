import { AppError } from '@tributary/core/errors';
import type { AlertRow } from './alert.sql.ts';

type Status = AlertRow['status'];

export type AlertVerb = 'acknowledge' | 'resolve';

/** What may become of an alert. */
const transitions: Readonly<Record<Status, Readonly<Partial<Record<AlertVerb, Status>>>>> = {
  open: { acknowledge: 'acknowledged', resolve: 'resolved' },
  acknowledged: { resolve: 'resolved' },
  resolved: {},
};

/** @throws AppError `illegal_move` when the verb leads nowhere from that status. */
export function nextStatus(from: Status, verb: AlertVerb): Status {
  const to = transitions[from][verb];
  if (to === undefined) throw new AppError('illegal_move', `The alert is ${from}.`);
  return to;
}
