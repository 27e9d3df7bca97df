import { chooseProtocol } from '../../../../../lib/transports/websockets/connections/bearer-protocol.js';

const offered = (...protocols: string[]) => new Set(protocols);

describe('the chosen subprotocol', () => {
  it('is the first that is not a token', () => {
    expect(chooseProtocol(undefined)(offered('bearer.x', 'v2', 'v1'), {})).toBe('v2');
  });

  it('is none if only tokens are offered, whatever the application would choose', () => {
    expect(chooseProtocol(undefined)(offered('bearer.x'), {})).toBe(false);
    expect(chooseProtocol(() => 'bearer.x')(offered('bearer.x'), {})).toBe(false);
  });

  it('is the choice of the application, which sees no token', () => {
    const seen: unknown[] = [];
    const choice = (protocols: Set<string>, request: unknown) => {
      seen.push([...protocols], request);
      return 'v1';
    };
    expect(chooseProtocol(choice)(offered('bearer.x', 'v2', 'v1'), 'the request')).toBe('v1');
    expect(seen).toEqual([['v2', 'v1'], 'the request']);
  });
});
