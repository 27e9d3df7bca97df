import type { IssuerOptions } from '../issuer-options.interface.js';

/** Any issuer, with the checks that suit tokens of many kinds: the same as writing the options without a preset. */
export function generic(options: Omit<IssuerOptions, 'profile'>): IssuerOptions {
  return { ...options, profile: 'generic' };
}
