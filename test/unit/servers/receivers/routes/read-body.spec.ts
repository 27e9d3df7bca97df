import { Readable } from 'node:stream';
import { mediaType, readBody, type IncomingRequest } from '../../../../../lib/servers/receivers/routes/read-body.js';

const request = (chunks: readonly string[], more: object = {}) =>
  Object.assign(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), { headers: {}, ...more }) as unknown as IncomingRequest;

describe('a body', () => {
  it.each<[string, IncomingRequest, unknown]>([
    ['is read if no parser has', request(['a=', '1']), { text: 'a=1' }],
    ['is read where Express 4 put an empty object', request(['a'], { body: {} }), { text: 'a' }],
    ["is read from Node's request on Fastify", { headers: {}, raw: request(['a']) as never }, { text: 'a' }],
    ['is taken as a parser read it', request([], { body: { a: '1' } }), { form: { a: '1' } }],
    ['is accepted as a string', request([], { body: 'a' }), { text: 'a' }],
    ['is taken as bytes', request([], { body: Buffer.from('a') }), { text: 'a' }],
    ['may be empty', request([]), { text: '' }],
    ['is too large as a string', request([], { body: 'x'.repeat(65_537) }), 'oversized'],
    ['is too large as a stream', request(['x'.repeat(65_536), 'x', 'x'.repeat(65_536)]), 'oversized'],
    ['is too large by its own word', request([], { headers: { 'content-length': '65537' } }), 'oversized'],
    ['is given up where it does not end', request(Array<string>(17).fill('x'.repeat(65_536))), 'endless'],
    ['just fits', request(['x'.repeat(65_536)]), { text: 'x'.repeat(65_536) }],
  ])('%s', async (_, given, read) => {
    expect(await readBody(given)).toEqual(read);
  });

  it('that was read to its end but not kept is empty', async () => {
    const given = request(['a']);
    for await (const chunk of given as unknown as Readable) expect(chunk).toBeDefined();
    expect(await readBody(given)).toEqual({ text: '' });
  });

  it.each([
    ['Application/JSON ; charset=utf-8', 'application/json'],
    ['text/plain', 'text/plain'],
    [undefined, ''],
  ])('of the type %s', (value, type) => {
    expect(mediaType({ headers: { 'content-type': value } })).toBe(type);
  });
});
