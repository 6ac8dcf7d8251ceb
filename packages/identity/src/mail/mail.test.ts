import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Mail } from '@tributary/core/mail';
import { startSes } from '@tributary/local/ses';
import { afterEach, describe, expect, it } from 'vitest';
import { composeMail } from './compose-mail.ts';
import { MailRefused, sendBySes } from './send-by-ses.ts';

const to = 'ann@example.com';
const appUrl = 'https://app.example.com';
const invitation: Mail = { kind: 'invitation', to, invitationId: 'inv_01', organization: 'Corner Coffee' };
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const settings = (endpoint: string) => ({
  region: 'us-east-1',
  credentials: { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'session' },
  endpoint,
  from: 'tributary@example.com',
  appUrl,
});

describe('the words of a mail', () => {
  it.each<[Mail, string]>([
    [{ kind: 'verify_email', to, token: 'a-token' }, `${appUrl}/verify-email#token=a-token`],
    [{ kind: 'reset_password', to, token: 'a-token' }, `${appUrl}/reset-password#token=a-token`],
    [{ kind: 'address_in_use', to }, `${appUrl}/sign-in`],
    [invitation, `${appUrl}/invitations/inv_01`],
  ])('of $kind have one link, and the token where no server sees it', (mail, link) => {
    const { subject, text } = composeMail(mail, appUrl);
    expect(text.match(/https?:\S+/g)).toEqual([link]);
    expect(`${subject}${text}`).not.toContain(to);
  });

  it('take no link, line or length from a name that somebody chose', () => {
    const organization = `Win now\n\nhttps://evil.example/x ${'!'.repeat(500)}`;
    const { text } = composeMail({ ...invitation, organization }, appUrl);
    expect(text.match(/https?:\S+/g)).toEqual([`${appUrl}/invitations/inv_01`]);
    expect(text.split('\n')).toHaveLength(composeMail(invitation, appUrl).text.split('\n').length);
    expect(text.length).toBeLessThan(300);
  });
});

describe('a mail by Amazon SES', () => {
  it('is taken, signed, by what speaks its API', async () => {
    const ses = await startSes();
    stops.push(ses.stop);
    await sendBySes(settings(ses.url))({ kind: 'reset_password', to, token: 'a-token' });
    expect(ses.mails()).toEqual([
      {
        sentAt: expect.any(String),
        from: 'tributary@example.com',
        to,
        subject: 'Set another password',
        text: expect.stringContaining('#token=a-token'),
      },
    ]);
  });

  it('that is not taken is an error, which says neither whose nor what', async () => {
    const server = createServer((_request, response) =>
      response.writeHead(400).end(`{"message":"${to} is not verified"}`),
    );
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    stops.push(() => new Promise((closed) => void server.close(() => closed())));
    const { port } = server.address() as AddressInfo;
    const sent = sendBySes(settings(`http://127.0.0.1:${port}`))({ kind: 'reset_password', to, token: 'a-token' });
    const error = await sent.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(MailRefused);
    expect(String(error)).toBe('MailRefused: SES answered 400 to a mail (reset_password)');
  });

  it.each([
    ['another call', 'POST', '/v2/email/templates', { authorization: 'AWS4-HMAC-SHA256 x' }, 404],
    ['no signature', 'POST', '/v2/email/outbound-emails', {}, 403],
    ['no mail', 'POST', '/v2/email/outbound-emails', { authorization: 'AWS4-HMAC-SHA256 x' }, 400],
  ])('is refused by the stand-in for %s', async (_what, method, path, headers, status) => {
    const ses = await startSes();
    stops.push(ses.stop);
    const response = await fetch(`${ses.url}${path}`, { method, headers, body: '{"Destination":{}}' });
    expect([response.status, ses.mails()]).toEqual([status, []]);
  });
});
