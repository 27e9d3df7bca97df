import { shown, wrongValue } from '../../../core/index.js';
import { httpUrl } from '../../../network/http-client/index.js';

/** Accepts a URL that serves as an identifier (RFC 8414 section 2, RFC 9728 section 1.2): no query, no fragment. @throws AuthzConfigError */
export function identifierUrl(value: unknown, option: string, allowHttp: boolean): string {
  const text = httpUrl(value, option, allowHttp);
  if (!/[?#]/.test(text)) return text;
  throw wrongValue('AUTHZ_URL', option, 'a URL without query and fragment', shown(value));
}
