import type { Clock } from '@tributary/core/clock';
import type { TakeTokens } from '@tributary/core/token-bucket';

/** Buckets as the database keeps them, in memory. `questions` counts what was asked of them. */
export function createBuckets(clock: Clock) {
  const fullAt = new Map<string, number>();
  const seen = { questions: 0 };
  const take: TakeTokens = async (questions) => {
    seen.questions += 1;
    const at = clock().getTime() * 1000;
    return questions.map(({ key, intervalMicros, burst, want }) => {
      const full = Math.max(fullAt.get(key) ?? 0, at);
      const held = burst - Math.ceil((full - at) / intervalMicros);
      const granted = Math.max(0, Math.min(want, held));
      fullAt.set(key, full + granted * intervalMicros);
      const waitMs = granted > 0 ? 0 : Math.ceil((full - at - (burst - 1) * intervalMicros) / 1000);
      return { granted, left: Math.max(0, held - granted), waitMs };
    });
  };
  return { take, seen };
}
