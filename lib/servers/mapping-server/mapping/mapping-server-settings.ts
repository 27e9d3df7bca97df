import { membersOf, numberOption, optional, readOptions, stringOption, stringOrStringsOption } from '../../../core/index.js';
import { signerSettings, type SignBundleOptions } from '../../../sources/http-bundle/index.js';
import { sourceOption, type MappingSource } from '../../../mapping/index.js';
import type { MappingServerOptions } from './mapping-server-options.interface.js';

/** The options of a mapping server, checked and complete. */
export interface MappingServerSettings {
  readonly source: MappingSource;
  /** Options for the signature of each bundle. */
  readonly signing: SignBundleOptions;
  readonly keepRevisions: number;
  /** Time after which the mapping is signed again, in milliseconds; `undefined` if bundles do not expire. */
  readonly renewAfterMs: number | undefined;
}

const MEMBERS = membersOf<MappingServerOptions>()([
  'source',
  'issuer',
  'audience',
  'signingKey',
  'kid',
  'alg',
  'validForSeconds',
  'keepRevisions',
]);

const DAY_SECONDS = 86_400;

/** Reads and checks the options of the module. @throws AuthzConfigError without the key. */
export function mappingServerSettings(options: MappingServerOptions): MappingServerSettings {
  const example = '{ source, issuer, signingKey, kid }';
  const given = readOptions(options, { place: 'MappingServerModule', members: MEMBERS, example, isSecret: true });
  const audience = optional(given.audience, (value) => stringOrStringsOption(value, 'audience'));
  // Checked at the start, not at the first publication.
  const { key, kid, alg } = signerSettings({ ...given, key: given.signingKey }, 'signingKey');
  const validForSeconds = optional(given.validForSeconds, validityOf);
  return {
    source: sourceOption(given.source, 'source'),
    signing: {
      key,
      kid,
      alg,
      issuer: stringOption(given.issuer, 'issuer', "the name of the publisher, such as 'https://authority.acme.com'"),
      ...(audience !== undefined && { audience }),
      ...(validForSeconds !== undefined && { validForSeconds }),
    },
    keepRevisions: numberOption(given.keepRevisions, {
      option: 'keepRevisions',
      unit: 'revisions',
      min: 1,
      max: 1000,
      default: 20,
    }),
    renewAfterMs: validForSeconds && Math.min(validForSeconds * 500, DAY_SECONDS * 1000),
  };
}

function validityOf(value: unknown): number {
  return numberOption(value, { option: 'validForSeconds', unit: 'seconds', min: 60, max: 31_536_000, default: DAY_SECONDS });
}
