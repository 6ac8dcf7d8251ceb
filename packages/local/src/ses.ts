import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody } from './http-body.ts';

/** A mail that would have been sent. */
export interface LocalMail {
  sentAt: string;
  from: string;
  to: string;
  subject: string;
  text: string;
}

export interface LocalSes {
  /** For `AWS_ENDPOINT_URL_SESV2`. */
  readonly url: string;
  /** What was taken, the newest first, a hundred at most. */
  mails(): readonly LocalMail[];
  stop(): Promise<void>;
}

const kept = 100;
const maxBytes = 256 * 1024;

/**
 * An Amazon SES stand-in on 127.0.0.1: takes `SendEmail` of its API v2 with any credentials, and delivers to nobody.
 * @see https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
 */
export async function startSes(): Promise<LocalSes> {
  const mails: LocalMail[] = [];
  const server = createServer((request, response) => {
    answer(request, mails).then(
      (reply) => respond(response, reply),
      () => respond(response, [500, { message: 'internal failure' }]),
    );
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', done);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails: () => mails,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

type Reply = [status: number, body: object];

function respond(response: ServerResponse, [status, body]: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function answer(request: IncomingMessage, mails: LocalMail[]): Promise<Reply> {
  const body = await readBody(request, maxBytes);
  if (request.method !== 'POST' || request.url !== '/v2/email/outbound-emails')
    return [404, { message: 'No such call.' }];
  if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) return [403, { message: 'It is not signed.' }];
  const mail = readMail(body);
  if (mail === null) return [400, { message: 'It is no mail of plain text to one address.' }];
  mails.unshift(mail);
  mails.splice(kept);
  return [200, { MessageId: randomUUID() }];
}

interface SendEmail {
  FromEmailAddress: string;
  Destination: { ToAddresses: string[] };
  Content: { Simple: { Subject: { Data: string }; Body: { Text: { Data: string } } } };
}

function readMail(body: Buffer | undefined): LocalMail | null {
  try {
    const { FromEmailAddress: from, Destination, Content } = JSON.parse(body?.toString('utf8') ?? '') as SendEmail;
    const [to, ...others] = Destination.ToAddresses;
    const { Subject, Body } = Content.Simple;
    const mail = {
      sentAt: new Date().toISOString(),
      from,
      to: String(to),
      subject: Subject.Data,
      text: Body.Text.Data,
    };
    const sound = others.length === 0 && Object.values(mail).every((part) => typeof part === 'string' && part !== '');
    return sound ? mail : null;
  } catch {
    return null;
  }
}
