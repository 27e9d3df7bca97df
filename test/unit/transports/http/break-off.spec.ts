import { jest } from '@jest/globals';
import { breakOff } from '../../../../lib/transports/http/break-off.js';

const socketOf = (more: object = {}) => ({ remoteAddress: '127.0.0.1', resetAndDestroy: jest.fn(), ...more });
const responseOf = (more: object) => ({ destroy: jest.fn(), ...more });

describe('an aborted response', () => {
  it('is reset if only the end of the connection marks its end', () => {
    const socket = socketOf();
    const response = responseOf({ socket, chunkedEncoding: false });
    breakOff(response as never);
    expect(socket.resetAndDestroy).toHaveBeenCalledTimes(1);
    expect(response.destroy).toHaveBeenCalledTimes(1);
  });

  it('is reset below TLS', () => {
    const below = socketOf();
    const socket = socketOf({ _parent: below });
    breakOff(responseOf({ socket }) as never);
    expect([below, socket].map(({ resetAndDestroy }) => resetAndDestroy.mock.calls.length)).toEqual([1, 0]);
  });

  it.each<[string, object]>([
    ['has chunks', { chunkedEncoding: true }],
    ['has a length', { hasHeader: () => true }],
    ['goes through a socket of Unix', { socket: socketOf({ remoteAddress: undefined }) }],
    ['goes through no socket of Node', { socket: { remoteAddress: '127.0.0.1' } }],
    ['has lost its connection', { socket: null }],
  ])('is destroyed, not reset, if it %s', (_what, more) => {
    const socket = socketOf();
    const response = responseOf({ socket, ...more });
    breakOff(response as never);
    expect(socket.resetAndDestroy).not.toHaveBeenCalled();
    expect(response.destroy).toHaveBeenCalledTimes(1);
  });

  it('ends its HTTP/2 stream with an error', () => {
    const close = jest.fn();
    breakOff(responseOf({ socket: socketOf(), stream: { close } }) as never);
    expect(close).toHaveBeenCalledWith(2);
  });
});
