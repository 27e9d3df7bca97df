import type { IssuerOptions } from '../issuer-options.interface.js';

/** Any issuer, with the profile `generic`. */
export function generic(options: Omit<IssuerOptions, 'profile'>): IssuerOptions {
  return { ...options, profile: 'generic' };
}
