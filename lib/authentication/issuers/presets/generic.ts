import { readOptions } from '../../../core/index.js';
import { ISSUER_OPTION_NAMES } from '../options/issuer-members.js';
import type { IssuerOptions } from '../options/issuer-options.interface.js';

/** Any issuer, with the profile `generic`. */
export function generic(options: Omit<IssuerOptions, 'profile'>): IssuerOptions {
  const given = readOptions(options, { place: 'generic()', members: NAMES, example: '{ issuer, jwksUri }' });
  // The members are checked with those of every issuer.
  return { ...given, profile: 'generic' } as IssuerOptions;
}

const NAMES = ISSUER_OPTION_NAMES.filter((name) => name !== 'profile');
