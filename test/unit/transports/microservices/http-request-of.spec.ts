import { BaseRpcContext } from '@nestjs/microservices';
import { httpRequestOf } from '../../../../lib/transports/microservices/http-request-of.js';

class HttpContext extends BaseRpcContext<[unknown]> {
  getRawRequest(): unknown {
    return this.args[0];
  }
}

describe('the HTTP request of a message', () => {
  it('is the request of the context', () => {
    const request = { method: 'POST', url: '/mcp', headers: { authorization: 'Bearer x' } };
    expect(httpRequestOf([{}, new HttpContext([request])])).toBe(request);
  });

  it.each([undefined, null, 'POST /mcp', {}, { headers: undefined }, { headers: [] }])(
    'is undefined if the context returns %p',
    (request) => {
      expect(httpRequestOf([{}, new HttpContext([request])])).toBeUndefined();
    },
  );

  it.each([undefined, null, 'x', {}, { getRawRequest: { headers: {} } }, new BaseRpcContext([])])(
    'is none of a context like %p',
    (context) => {
      expect(httpRequestOf([{}, context])).toBeUndefined();
    },
  );
});
