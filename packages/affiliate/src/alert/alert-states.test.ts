import { expect, it } from 'vitest';
import { type AlertVerb, nextStatus } from './alert-states.ts';

type Status = Parameters<typeof nextStatus>[0];

const outcome = (from: Status, verb: AlertVerb) => {
  try {
    return nextStatus(from, verb);
  } catch (error) {
    return (error as { code: string }).code;
  }
};

it.each<[Status, AlertVerb, string]>([
  ['open', 'acknowledge', 'acknowledged'],
  ['open', 'resolve', 'resolved'],
  ['acknowledged', 'acknowledge', 'illegal_move'],
  ['acknowledged', 'resolve', 'resolved'],
  ['resolved', 'acknowledge', 'illegal_move'],
  ['resolved', 'resolve', 'illegal_move'],
])('an alert that is %s: to %s it makes it %s', (from, verb, expected) => {
  expect(outcome(from, verb)).toBe(expected);
});
