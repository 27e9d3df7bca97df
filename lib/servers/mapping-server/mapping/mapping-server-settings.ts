import { AuthzConfigError, isRecord, numberOption, refuseUnknownMembers, shown } from '../../../core/index.js';
import { signerSettings, type SignBundleOptions } from '../../../sources/http-bundle/index.js';
import type { MappingSource } from '../../../mapping/index.js';
import type { MappingServerOptions } from './mapping-server-options.interface.js';

/** The options of a mapping server, checked and complete. */
export interface MappingServerSettings {
  readonly source: MappingSource;
  /** How each bundle is signed. */
  readonly signing: SignBundleOptions;
  readonly keepRevisions: number;
  /** Time after which the mapping is signed anew, in milliseconds; `undefined` where bundles have no end. */
  readonly renewAfterMs: number | undefined;
}

const OPTIONS: readonly (keyof MappingServerOptions)[] = [
  'source',
  'issuer',
  'audience',
  'signingKey',
  'kid',
  'alg',
  'validForSeconds',
  'keepRevisions',
];

const DAY_MS = 86_400_000;

/** @throws AuthzConfigError naming the first option that is wrong; never with a key in it. */
export function mappingServerSettings(options: MappingServerOptions): MappingServerSettings {
  if (!isRecord(options))
    throw new AuthzConfigError(
      'AUTHZ_MAPPING_SERVER',
      `MappingServerModule needs options { source, issuer, signingKey, kid }, got ${shown(options)}.`,
    );
  refuseUnknownMembers(options, OPTIONS, 'MappingServerModule');
  const { validForSeconds, alg } = options;
  const audience = audienceOf(options.audience);
  const signer = { key: options.signingKey, kid: options.kid, ...(alg !== undefined && { alg }) };
  signerSettings(signer, 'signingKey'); // at the start, not at the first publication
  return {
    source: sourceOf(options.source),
    signing: {
      ...signer,
      issuer: issuerOf(options.issuer),
      ...(audience !== undefined && { audience }),
      ...(validForSeconds !== undefined && { validForSeconds: validityOf(validForSeconds) }),
    },
    keepRevisions: numberOption(options.keepRevisions, {
      option: 'keepRevisions',
      unit: 'revisions',
      min: 1,
      max: 1000,
      default: 20,
    }),
    renewAfterMs: validForSeconds && Math.min(validForSeconds * 500, DAY_MS),
  };
}

function sourceOf(value: unknown): MappingSource {
  if (isRecord(value) && typeof value['load'] === 'function') return value as unknown as MappingSource;
  throw new AuthzConfigError('AUTHZ_MAPPING_SOURCE', `"source" must be a mapping source such as fileMapping('roles.yaml').`);
}

function issuerOf(value: unknown): string {
  if (isText(value)) return value;
  throw new AuthzConfigError(
    'AUTHZ_TEXT',
    `"issuer" must name who publishes, such as 'https://authority.acme.com', got ${shown(value)}.`,
  );
}

function audienceOf(value: unknown): string | readonly string[] | undefined {
  if (value === undefined || isText(value)) return value;
  if (Array.isArray(value) && value.length > 0 && value.every(isText)) return value;
  throw new AuthzConfigError('AUTHZ_TEXTS', `"audience" must be a text or a list of one or more texts, got ${shown(value)}.`);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function validityOf(value: unknown): number {
  return numberOption(value, { option: 'validForSeconds', unit: 'seconds', min: 60, max: 31_536_000, default: DAY_MS / 1000 });
}
