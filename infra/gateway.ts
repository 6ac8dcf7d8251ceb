import { edgeHeaders } from './edge-headers.ts';
import { secrets } from './secrets.ts';

/** CloudFront's managed policy CachingDisabled, the same id in every account. */
const CACHING_DISABLED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';

const domain = (variable: string) => {
  const name = process.env[variable];
  return name ? { domain: name } : {};
};

/** Providers post here. Plain API Gateway, because none of them can sign for an origin access control. */
export const webhookGateway = new sst.aws.ApiGatewayV2('Webhooks', {
  cors: false,
  ...domain('WEBHOOK_DOMAIN'),
  transform: {
    // A flood of unsigned posts is refused before it costs an invocation; providers retry a 429.
    stage: (stage) => {
      stage.defaultRouteSettings = { throttlingRateLimit: 500, throttlingBurstLimit: 1000 };
    },
  },
});

const edgeKeys = secrets.get('EdgeKeys');
if (!edgeKeys) throw new Error('no function asks for the key of the edge');

/**
 * Whose request it is, as CloudFront sees it, and that it was here: written over what the caller sent. Anybody may call the functions'
 * URLs; without this a request is refused there, so that nobody goes around the firewall or claims another's address.
 */
const proveOrigin = edgeKeys.value.apply(
  (keys) => `
  event.request.headers[${JSON.stringify(edgeHeaders.address)}] = { value: event.viewer.ip };
  event.request.headers[${JSON.stringify(edgeHeaders.key)}] = { value: ${JSON.stringify(keys.split(',')[0])} };`,
);

/**
 * Browsers and machines read here: CloudFront in front of the function URLs. Origin access control stays off: it replaces
 * the `Authorization` header and wants a signed body hash from every caller. The managed rules cost about 9 USD a month.
 */
export const router = new sst.aws.Router('Api', {
  ...domain('API_DOMAIN'),
  edge: { viewerRequest: { injection: proveOrigin } },
  transform: {
    // SST's cache key leaves `Authorization` out: one cacheable answer would be served to every organization.
    cdn: (cdn) => {
      cdn.defaultCacheBehavior = $output(cdn.defaultCacheBehavior).apply((behavior) => ({
        ...behavior,
        cachePolicyId: CACHING_DISABLED,
      }));
    },
  },
  // In five minutes: what the limits of the functions let one address ask, so that this one only meets floods.
  ...($app.stage === 'production' ? { waf: { rateLimitPerIp: 60_000 } } : {}),
});
