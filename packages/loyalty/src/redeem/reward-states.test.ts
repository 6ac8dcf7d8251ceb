import { describe, expect, it } from 'vitest';
import { nextStatus, type RewardVerb, type transitions } from './reward-states.ts';

const verbs: readonly RewardVerb[] = ['redeem', 'delete', 'expire'];

describe('a reward', () => {
  it.each<[keyof typeof transitions, RewardVerb, string]>([
    ['issued', 'redeem', 'redeemed'],
    ['issued', 'delete', 'deleted'],
    ['issued', 'expire', 'deleted'],
  ])('that is %s: %s makes it %s', (from, verb, to) => {
    expect(nextStatus(from, verb)).toBe(to);
  });

  it.each((['redeemed', 'deleted'] as const).flatMap((from) => verbs.map((verb) => ({ from, verb }))))(
    'L53 that is $from: $verb is refused, and the state is told',
    ({ from, verb }) => {
      const message = `The reward is ${from} already.`;
      expect(() => nextStatus(from, verb)).toThrow(expect.objectContaining({ code: 'reward_not_issued', message }));
    },
  );
});
