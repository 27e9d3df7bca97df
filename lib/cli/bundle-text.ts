import { CliError } from './cli.error.js';

/** Whether a text is a signed bundle (compact JWS, RFC 7515 section 7.1) rather than a document. */
export function isSignedBundle(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text.trim());
}

/** The document in a signed bundle, its signature not looked at. @throws CliError if there is no text in it. */
export function bundlePayload(bundle: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bundle.trim().split('.')[1] ?? '', 'base64url'));
  } catch {
    throw new CliError('The bundle is damaged: what is signed is no text.');
  }
}

/** The header of a bundle whose signature was verified. */
export function bundleHeader(bundle: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(bundle.trim().split('.')[0] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
}
