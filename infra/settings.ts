import { webhookGateway } from './gateway.ts';
import { requiredVariable } from './names.ts';
import { type FunctionName, routes, type Setting } from './topology.ts';

const webhookUrl = (name: FunctionName) => {
  const route = routes.find((candidate) => candidate.function === name);
  if (!route) throw new Error(`${name} has no route`);
  return $interpolate`${webhookGateway.url}${route.path}`;
};

/** What each setting is on this stage. Square signs the URL it was given, so that one is derived, never typed. */
export const settings: Record<Setting, () => $util.Input<string>> = {
  SQUARE_NOTIFICATION_URL: () => webhookUrl('webhooksSquare'),
  CLOVER_API_URL: () => requiredVariable('CLOVER_API_URL'),
  JWT_ISSUER: () => requiredVariable('JWT_ISSUER'),
  JWT_AUDIENCE: () => requiredVariable('JWT_AUDIENCE'),
  JWKS_URL: () => requiredVariable('JWKS_URL'),
};
