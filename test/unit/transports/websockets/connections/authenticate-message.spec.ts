import { tokenInFrame, tokenInPayload } from '../../../../../lib/transports/websockets/connections/authenticate-message.js';

const frame = (message: unknown) => Buffer.from(JSON.stringify(message));

describe('a frame', () => {
  it('contains a token, as bytes or, on older servers, as a string', () => {
    const message = { event: 'authenticate', data: { token: 'x' } };
    expect(tokenInFrame(frame(message), false)).toBe('x');
    expect(tokenInFrame(JSON.stringify(message), undefined)).toBe('x');
  });

  it.each<[string, unknown]>([
    ['no data', { event: 'authenticate' }],
    ['a token that is no text', { event: 'authenticate', data: { token: ['x'] } }],
    ['data that is a string', { event: 'authenticate', data: 'x' }],
  ])('contains an empty token, which is refused, with %s', (_what, message) => {
    expect(tokenInFrame(frame(message), false)).toBe('');
  });

  it.each<[string, unknown, boolean]>([
    ['another event', frame({ event: 'read', data: { event: 'authenticate', token: 'x' } }), false],
    ['binary', frame({ event: 'authenticate', data: { token: 'x' } }), true],
    ['no JSON', Buffer.from('{"event":"authenticate"'), false],
    ['a list', frame(['authenticate', { token: 'x' }]), false],
    ['an inherited event', Buffer.from('{"__proto__":{"event":"authenticate"},"data":{"token":"x"}}'), false],
    ['no bytes', new ArrayBuffer(8), false],
    ['nothing', undefined, false],
  ])('is another message if it is %s', (_what, data, isBinary) => {
    expect(tokenInFrame(data, isBinary)).toBeUndefined();
  });
});

it('ignores an inherited token in a payload', () => {
  expect(tokenInPayload(Object.create({ token: 'x' }))).toBe('');
});
