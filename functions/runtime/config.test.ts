import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { answer, asText, record, request, xeroContact, xeroSigned } from './webhook.fixture.ts';

// sst reads SST_RESOURCES_JSON once, so one set of links serves all cases: good ones, malformed ones, and those left out.
const links = {
  App: { name: 'tributary', stage: 'test' },
  DatabaseWorker: { url: 'postgres://tributary_worker:pw@127.0.0.1:5432/tributary' },
  DatabaseSystem: { url: 'sesame-4929' },
  Ingest: { url: 'https://sqs.us-east-1.amazonaws.com/1/ingest' },
  SquareSignatureKeys: { value: '["current-key","former-key"]' },
  CloverAuthCodes: { value: 'sesame-4929' },
  XeroWebhookKeys: { value: '["current-key","sesame-4929@tomorrow"]' },
  CursorKey: { value: Buffer.alloc(32, 7).toString('base64') },
  EdgeKeys: { value: `${Buffer.alloc(32, 1).toString('base64')},${Buffer.alloc(32, 2).toString('base64')}` },
  AuthSecrets: {
    value: JSON.stringify([
      { version: 2, value: 'a'.repeat(44) },
      { version: 1, value: 'b'.repeat(44) },
    ]),
  },
  CredentialsKey: { arn: 'arn:aws:kms:us-east-1:1:key/k' },
};

type Config = typeof import('./config.ts');
let config: Config;

beforeAll(async () => {
  vi.stubEnv('SST_RESOURCES_JSON', JSON.stringify(links));
  config = await import('./config.ts');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('configuration', () => {
  it('reads each kind of link', () => {
    expect(config.databaseUrl('worker')).toBe(links.DatabaseWorker.url);
    expect(config.queueUrl('ingest')).toBe(links.Ingest.url);
    expect(config.webhookKeys('SquareSignatureKeys', new Date())).toEqual(['current-key', 'former-key']);
    expect(config.secretKey('CursorKey')).toEqual(Buffer.alloc(32, 7));
    expect(config.credentialsKeyArn()).toBe(links.CredentialsKey.arn);
    expect(config.edgeKeys()).toEqual(links.EdgeKeys.value.split(','));
  });

  it('reads what sessions are signed with, the current secret first', () => {
    expect(config.authSecrets().map(({ version }) => version)).toEqual([2, 1]);
  });

  it.each([
    ['NEW_USER_STATUS', 'suspended', (config: Config) => config.newUserStatus()],
    ['AWS_ENDPOINT_URL_SESV2', 'https://mails.example.com', (config: Config) => config.sesEndpoint()],
  ])('refuses another %s and does not show it', (name, value, read) => {
    vi.stubEnv(name, value);
    expect(() => read(config)).toThrow(
      expect.objectContaining({ missing: name, message: expect.not.stringContaining(value) }),
    );
  });

  it('sends mails to Amazon but on this machine', () => {
    expect(config.sesEndpoint()).toBe(null);
    vi.stubEnv('AWS_ENDPOINT_URL_SESV2', 'http://127.0.0.1:4566');
    expect(config.sesEndpoint()).toBe('http://127.0.0.1:4566');
    vi.stubEnv('NEW_USER_STATUS', 'pending_approval');
    expect(config.newUserStatus()).toBe('pending_approval');
  });

  it('reads settings when asked, not before', () => {
    vi.stubEnv('SQUARE_NOTIFICATION_URL', 'https://hooks.example.com/webhooks/square');
    expect(config.setting('SQUARE_NOTIFICATION_URL')).toBe('https://hooks.example.com/webhooks/square');
    vi.stubEnv('SQUARE_NOTIFICATION_URL', 'https://hooks.example.com/other');
    expect(config.setting('SQUARE_NOTIFICATION_URL')).toBe('https://hooks.example.com/other');
  });

  it.each<[string, string, (config: Config) => unknown]>([
    ['a missing link', 'DatabaseOwner', ({ databaseUrl }) => databaseUrl('owner')],
    ['a link that is no URL', 'DatabaseSystem', ({ databaseUrl }) => databaseUrl('system')],
    ['a list that is no JSON', 'CloverAuthCodes', (config) => config.webhookKeys('CloverAuthCodes', new Date())],
    ['a key whose end is no time', 'XeroWebhookKeys', (config) => config.webhookKeys('XeroWebhookKeys', new Date())],
    ['a missing setting', 'JWT_ISSUER', ({ setting }) => setting('JWT_ISSUER')],
  ])('names %s and never its value', (_, missing, read) => {
    expect(() => read(config)).toThrowError(expect.objectContaining({ name: 'ConfigurationError', missing }));
    expect(() => read(config)).toThrowError(
      expect.objectContaining({ message: expect.not.stringContaining('sesame') }),
    );
  });

  it('makes a webhook answer 503 when the end of a key is no time, and names the secret', async () => {
    const recorded = record();
    const { handler } = await import('../webhooks/xero.ts');
    expect(await handler(request(asText(xeroContact), xeroSigned(xeroContact, 'current-key')))).toEqual(answer(503));
    expect(recorded.logged()).toMatchObject([
      { level: 'ERROR', outcome: 'misconfigured', provider: 'xero', missing: 'XeroWebhookKeys' },
    ]);
    expect(recorded.lines.join()).not.toContain('sesame');
  });

  it.each([
    ['', null],
    ['127.0.0.1:5433', '127.0.0.1:5433'],
  ])('takes NEON_LOCAL_PROXY %j as %j', (address, expected) => {
    vi.stubEnv('NEON_LOCAL_PROXY', address);
    expect(config.neonProxy()).toBe(expected);
  });

  it.each(['proxy.example.com:443', '127.0.0.1', '127.0.0.1.example.com:80', '10.0.0.1:5433'])(
    'does not let NEON_LOCAL_PROXY point away from this machine: %s',
    (address) => {
      vi.stubEnv('NEON_LOCAL_PROXY', address);
      expect(() => config.neonProxy()).toThrowError(expect.objectContaining({ missing: 'NEON_LOCAL_PROXY' }));
    },
  );
});
