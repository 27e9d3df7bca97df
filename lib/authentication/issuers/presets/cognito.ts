import type { IssuerOptions } from '../options/issuer-options.interface.js';
import { claimValues, nameOption, presetOptions } from './preset-options.js';

/**
 * Amazon Cognito user pools. The roles are the user's groups (`cognito:groups`).
 * Access tokens have no `aud`: the preset checks `client_id` against `clientIds` instead. `token_use` must be `access`.
 * Tokens of a pool with the issuer type "Updated" have another `iss`: write `issuer` after the preset,
 * `{ ...cognito({ … }), issuer: 'https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI' }`.
 *
 * @param options.region AWS region, such as `eu-central-1`.
 * @param options.userPoolId Such as `eu-central-1_AbCdEfGhI`.
 * @param options.clientIds App clients whose tokens this service accepts.
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
 */
export function cognito(options: {
  readonly region: string;
  readonly userPoolId: string;
  readonly clientIds: readonly string[];
}): IssuerOptions {
  const given = presetOptions(options, 'cognito()', { region: true, userPoolId: true, clientIds: true });
  const region = nameOption(given.region, 'cognito({ region })', 'eu-central-1');
  const pool = nameOption(given.userPoolId, 'cognito({ userPoolId })', 'eu-central-1_AbCdEfGhI');
  const issuer = `https://cognito-idp.${region}.amazonaws.com/${pool}`;
  return {
    issuer,
    jwksUri: `${issuer}/.well-known/jwks.json`,
    audience: null,
    clientIds: claimValues(given.clientIds, 'cognito({ clientIds })', '1example23456789'),
    roles: ['cognito:groups'],
    requiredClaims: { token_use: 'access' },
  };
}
