import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { path as squarePath } from './delivery.ts';

let requests = 0;

/**
 * A text request in payload format 2.0, built as cheaply as can be: on AWS the gateway does it. A test compares it with what
 * the local gateway builds.
 */
export function payloadOf(request: IncomingMessage, body: Buffer, path = squarePath): APIGatewayProxyEventV2 {
  const key = `POST ${path}`;
  const headers = request.headers as Record<string, string>;
  const { host = '', 'user-agent': userAgent = '' } = headers;
  const timeEpoch = Date.now();
  requests += 1;
  return {
    version: '2.0',
    routeKey: key,
    rawPath: path,
    rawQueryString: '',
    headers,
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: host,
      domainPrefix: host.slice(0, host.indexOf('.')),
      http: { method: request.method ?? '', path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent },
      requestId: `request-${requests}`,
      routeKey: key,
      stage: '$default',
      time: '20/Nov/2026:21:16:52 +0000',
      timeEpoch,
    },
    body: body.toString('utf8'),
    isBase64Encoded: false,
  };
}
