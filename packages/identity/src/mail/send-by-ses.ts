import type { Mail, SendMail } from '@tributary/core/mail';
// Signs requests with 8 KB; the SDK's client is 320 KB, and its first use 95 ms of CPU.
import { AwsClient } from 'aws4fetch';
import { composeMail } from './compose-mail.ts';

export interface SesSettings {
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined };
  /** Another than the region's: a stand-in. */
  endpoint?: string | undefined;
  /** An address that Amazon SES may send from. */
  from: string;
  /** Where links lead. */
  appUrl: string;
}

/** SES did not take it. Says the status, never the answer, which may quote an address. */
export class MailRefused extends Error {
  readonly status: number;

  constructor(kind: Mail['kind'], status: number) {
    super(`SES answered ${status} to a mail (${kind})`);
    this.name = 'MailRefused';
    this.status = status;
  }
}

const timeoutMs = 5_000;

/**
 * Sends by Amazon SES.
 * @see https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 * @throws MailRefused, or what `fetch` throws
 */
export function sendBySes({ region, credentials, endpoint, from, appUrl }: SesSettings): SendMail {
  const { sessionToken, ...keys } = credentials;
  const client = new AwsClient({ ...keys, ...(sessionToken && { sessionToken }), region, service: 'ses', retries: 2 });
  const url = `${endpoint ?? `https://email.${region}.amazonaws.com`}/v2/email/outbound-emails`;
  return async (mail) => {
    const { subject, text } = composeMail(mail, appUrl);
    const response = await client.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        FromEmailAddress: from,
        Destination: { ToAddresses: [mail.to] },
        Content: { Simple: { Subject: utf8(subject), Body: { Text: utf8(text) } } },
      }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new MailRefused(mail.kind, response.status);
  };
}

const utf8 = (text: string) => ({ Data: text, Charset: 'UTF-8' });
