import { nearMiss } from '../../core/index.js';

/** The issuer of a rule that has no effect here, because this process accepts no tokens of that issuer. */
export interface UnknownIssuer {
  /** The accepted issuer that was probably meant. */
  readonly meant: string | undefined;
  /** Whether `meant` is the same issuer in another spelling: a trailing slash, another scheme, capital letters. */
  readonly isSpelling: boolean;
}

/** @param trusted Issuers whose tokens are accepted; `undefined`: not limited to a list. @returns `undefined` if the issuer is accepted. */
export function unknownIssuer(issuer: string, trusted: readonly string[] | undefined): UnknownIssuer | undefined {
  if (trusted === undefined || issuer === '' || trusted.includes(issuer)) return undefined;
  const spelt = trusted.find((each) => bare(each) === bare(issuer));
  return { meant: spelt ?? nearMiss(issuer, trusted), isSpelling: spelt !== undefined };
}

/** Removes what people often get wrong in an issuer. */
function bare(issuer: string): string {
  const [address = ''] = issuer.trim().toLowerCase().split('/.well-known/');
  return address
    .replace(/^https?:\/\//, '')
    .replace(/:(443|80)(?=\/|$)/, '')
    .replace(/\/+$/, '');
}
