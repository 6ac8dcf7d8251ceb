import type { Reply } from '../../kernel/message.ts';

export const refuse = (status: number, description: string): Reply => ({
  status,
  body: { error: String(status), description },
});
