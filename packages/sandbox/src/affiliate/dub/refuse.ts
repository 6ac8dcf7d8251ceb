import type { Reply } from '../../kernel/message.ts';

/** https://dub.co/docs/api-reference/errors */
export const refuse = (status: number, code: string): Reply => ({
  status,
  body: {
    error: {
      code,
      message: 'The request failed.',
      doc_url: `https://dub.co/docs/api-reference/errors#${code.replaceAll('_', '-')}`,
    },
  },
});
