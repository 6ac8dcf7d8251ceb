import type { Reply } from '../../kernel/message.ts';

/** https://integrations.impact.com/brand-api-reference/readme/status-codes-and-errors */
export const refuse = (status: number, message: string): Reply => ({
  status,
  body: { Status: 'ERROR', Message: message },
});
