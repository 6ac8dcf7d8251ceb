import { webhookGateway } from './gateway.ts';
import { requiredVariable } from './names.ts';
import type { Setting } from './specs.ts';
import { type FunctionName, routes } from './topology.ts';

const webhookUrl = (name: FunctionName) => {
  const route = routes.find((candidate) => candidate.function === name);
  if (!route) throw new Error(`${name} has no route`);
  return $interpolate`${webhookGateway.url}${route.path}`;
};

/** What each setting is on this stage. Square signs the URL it was given, so that one is derived, never typed. */
export const settings: Record<Setting, () => $util.Input<string>> = {
  SQUARE_NOTIFICATION_URL: () => webhookUrl('webhooksSquare'),
  SQUARE_ENVIRONMENT: () => requiredVariable('SQUARE_ENVIRONMENT'),
  SQUARE_CLIENT_ID: () => requiredVariable('SQUARE_CLIENT_ID'),
  CLOVER_ENVIRONMENT: () => requiredVariable('CLOVER_ENVIRONMENT'),
  CLOVER_CLIENT_ID: () => requiredVariable('CLOVER_CLIENT_ID'),
  XERO_ENVIRONMENT: () => requiredVariable('XERO_ENVIRONMENT'),
  XERO_CLIENT_ID: () => requiredVariable('XERO_CLIENT_ID'),
  ECB_ENVIRONMENT: () => 'production',
  AFFILIATE_ENVIRONMENT: () => requiredVariable('AFFILIATE_ENVIRONMENT'),
  CONNECT_REDIRECT_URL: () => requiredVariable('CONNECT_REDIRECT_URL'),
  API_KEY_ENVIRONMENT: () => ($app.stage === 'production' ? 'live' : 'test'),
  CORS_ORIGINS: () => requiredVariable('CORS_ORIGINS'),
  JWT_ISSUER: () => requiredVariable('JWT_ISSUER'),
  JWT_AUDIENCE: () => requiredVariable('JWT_AUDIENCE'),
  JWKS_URL: () => requiredVariable('JWKS_URL'),
  APP_URL: () => requiredVariable('APP_URL'),
  MAIL_FROM: () => requiredVariable('MAIL_FROM'),
  NEW_USER_STATUS: () => requiredVariable('NEW_USER_STATUS'),
};
