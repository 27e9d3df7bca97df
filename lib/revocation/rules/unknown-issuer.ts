import { nearMiss } from '../../core/index.js';

/** A rule names an issuer whose tokens are not accepted here, so it has no effect here. */
export interface UnknownIssuer {
  /** The issuer that was probably meant. */
  readonly meant: string | undefined;
  /** Whether it is that one, spelt another way: with a slash at its end, another scheme, capital letters. */
  readonly isSpelling: boolean;
}

/** @param trusted Issuers whose tokens are accepted; `undefined`: an open number of them. @returns `undefined` if the issuer is one of them. */
export function unknownIssuer(issuer: string, trusted: readonly string[] | undefined): UnknownIssuer | undefined {
  if (trusted === undefined || issuer === '' || trusted.includes(issuer)) return undefined;
  const spelt = trusted.find((each) => bare(each) === bare(issuer));
  return { meant: spelt ?? nearMiss(issuer, trusted), isSpelling: spelt !== undefined };
}

/** What is left of an issuer without what people get wrong. */
function bare(issuer: string): string {
  const [address = ''] = issuer.trim().toLowerCase().split('/.well-known/');
  return address
    .replace(/^https?:\/\//, '')
    .replace(/:(443|80)(?=\/|$)/, '')
    .replace(/\/+$/, '');
}
