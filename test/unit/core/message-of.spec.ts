import { messageOf } from '../../../lib/core/message-of.js';

const throwing = () => {
  throw new Error('a trap');
};

it.each([
  ['an error', new Error('no connection'), 'no connection'],
  ['a string', 'no connection', '"no connection"'],
  [
    'an object whose message throws',
    Object.defineProperty({}, 'message', { get: throwing }),
    'an error whose message cannot be read',
  ],
  ['a proxy whose traps throw', new Proxy({}, { get: throwing }), 'an error whose message cannot be read'],
])('describes %s', (_, error, message) => {
  expect(messageOf(error)).toBe(message);
});
