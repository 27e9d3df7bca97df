import { CliError } from './cli.error.js';

/** Returns true for a signed bundle (compact JWS, RFC 7515 section 7.1), false for a document. */
export function isSignedBundle(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text.trim());
}

/** Returns the document in a signed bundle without verifying the signature. @throws CliError if the payload is not UTF-8. */
export function bundlePayload(bundle: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bundle.trim().split('.')[1] ?? '', 'base64url'));
  } catch {
    throw new CliError('The bundle is damaged: its payload is not UTF-8 text.');
  }
}

/** Returns the header of a bundle. The signature must have been verified before. */
export function bundleHeader(bundle: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(bundle.trim().split('.')[0] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
}
