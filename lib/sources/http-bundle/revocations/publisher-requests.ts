import type { ServiceToken } from '../../../network/client-credentials/index.js';
import { isRecord, messageOf } from '../../../core/index.js';
import { requestHeaders, type HeadersOption } from '../../../network/http-client/index.js';

type Headers = Readonly<Record<string, string>>;

/** Requests to a publisher, with the headers and the token of this service that it asks for. */
export class PublisherRequests {
  /** The option that has the token, for messages. */
  readonly tokenOption: string;

  constructor(
    private readonly headers?: HeadersOption,
    private readonly token?: ServiceToken,
  ) {
    this.tokenOption = token === undefined ? 'headers' : 'serviceToken';
  }

  /**
   * Sends a request. With `serviceToken`, a request that is answered 401 is sent once more with a new token: the one held may be revoked.
   * @param request Sends it with these headers. Its answer, or what it throws, has the member `status` if that is not to be read.
   * @throws what the request throws, or Error if there are no headers or no token.
   */
  async send<Answer>(request: (headers: Headers) => Promise<Answer>): Promise<Answer> {
    const headers = await requestHeaders(this.headers);
    if (this.token === undefined) return request(headers);
    if ('authorization' in headers)
      throw new Error('"headers" returned "authorization", and "serviceToken" requests a token. Leave one of them out');
    const sendWith = (token: string) => request({ ...headers, authorization: `Bearer ${token}` });
    const held = await useToken(this.token);
    const attempt = sendWith(held.token);
    if (!(await isUnauthorized(attempt))) return attempt;
    if (!held.refused()) return attempt;
    const renewed = await useToken(this.token);
    return renewed.token === held.token ? attempt : sendWith(renewed.token);
  }
}

async function useToken(token: ServiceToken): ReturnType<ServiceToken['use']> {
  return token.use().catch((error: unknown) => {
    throw new Error(`"serviceToken" brought no token: ${messageOf(error)}`, { cause: error });
  });
}

/** Whether the answer says so, or what was thrown in its place. */
async function isUnauthorized(attempt: Promise<unknown>): Promise<boolean> {
  const outcome = await attempt.catch((error: unknown) => error);
  return isRecord(outcome) && outcome['status'] === 401;
}
