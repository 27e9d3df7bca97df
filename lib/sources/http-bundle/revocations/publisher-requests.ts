import type { ServiceToken } from '../../../network/client-credentials/index.js';
import { isRecord, messageOf } from '../../../core/index.js';
import { requestHeaders, type HeadersOption } from '../../../network/http-client/index.js';

type Headers = Readonly<Record<string, string>>;

/** Sends requests to a publisher, with the configured headers and the token of this service. */
export class PublisherRequests {
  /** The option that provides the token, for messages. */
  readonly tokenOption: string;

  constructor(
    private readonly headers?: HeadersOption,
    private readonly token?: ServiceToken,
  ) {
    this.tokenOption = token === undefined ? 'headers' : 'serviceToken';
  }

  /**
   * Sends a request. With `serviceToken`, a request that gets 401 is repeated once with a new token, because the old one may be revoked.
   * @param request Sends it with the given headers. Its result or error has the member `status` if the response cannot be used.
   * @throws what `request` throws, or Error if there are no headers or no token.
   */
  async send<Result>(request: (headers: Headers) => Promise<Result>): Promise<Result> {
    const headers = await requestHeaders(this.headers);
    if (this.token === undefined) return request(headers);
    if ('authorization' in headers)
      throw new Error('"headers" returned "authorization", but "serviceToken" is set, too. Leave one of them out');
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
    throw new Error(`"serviceToken" could not get a token: ${messageOf(error)}`, { cause: error });
  });
}

/** Whether a request got 401, by its result or its error. */
async function isUnauthorized(attempt: Promise<unknown>): Promise<boolean> {
  const outcome = await attempt.catch((error: unknown) => error);
  return isRecord(outcome) && outcome['status'] === 401;
}
