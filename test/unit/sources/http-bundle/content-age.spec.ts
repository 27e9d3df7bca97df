import { confirmedAt, issuedAtOf, signConfirmation } from '../../../../lib/sources/http-bundle/content-age.js';
import { httpRevocations, signerSettings, signRevocations } from '../../../../lib/sources/http-bundle/index.js';
import { signatureSettings } from '../../../../lib/sources/http-bundle/signing/signature-settings.js';
import { LoopbackServer } from '../../../servers/loopback-server.js';
import { newKey, signedBy } from './signing-key.js';

const key = newKey('k1');
const TYPE = 'authz-revocations+jws';
const terms = { signature: signatureSettings({ keys: [key.jwk] }, 'signature', false), type: TYPE };
const signer = signerSettings({ key: key.key, kid: 'k1' });
const LIST = { sequence: 7 };
const MOMENT = new Date('2026-01-31T12:00:00.000Z');

describe('the age of signed content', () => {
  it.each<[unknown, number]>([
    [MOMENT.toISOString(), MOMENT.getTime()],
    [undefined, 0],
    ['', 0],
    [7, 0],
    ['yesterday', 0],
    ['2026-01-31T13:00:00.000Z', MOMENT.getTime() + 3_600_000],
    ['2026-01-31T13:01:01.000Z', 0],
  ])('is that of issuedAt %j, unless it is in the future', (issuedAt, moment) => {
    expect(issuedAtOf({ issuedAt }, MOMENT.getTime() + 3_600_000)).toBe(moment);
  });

  it('is renewed by a confirmation of the same document', async () => {
    const confirmation = await signConfirmation(TYPE, 7, MOMENT, signer);
    expect(await confirmedAt(confirmation, LIST, terms)).toBe(MOMENT.getTime());
    expect(await confirmedAt(confirmation, { sequence: 6 }, terms)).toBe(0);
  });

  it.each<[string, () => Promise<string> | string]>([
    ['a confirmation of a mapping', () => signConfirmation('authz-mapping+jws', 7, MOMENT, signer)],
    ['the document itself', () => signRevocations([], { key: key.key, kid: 'k1', sequence: 7 })],
    [
      'one signed with another key',
      () => signConfirmation(TYPE, 7, MOMENT, signerSettings({ key: newKey('k1').key, kid: 'k1' })),
    ],
    ['one without a signature', () => JSON.stringify({ sequence: 7, issuedAt: MOMENT.toISOString() })],
    ['one without a sequence', () => signedBy(key, { alg: 'ES256', kid: 'k1', typ: 'authz-revocations-confirmation+jws' }, {})],
  ])('is not renewed by %s', async (_name, text) => {
    await expect(confirmedAt(await text(), LIST, terms)).rejects.toThrow('its header "authz-confirmation" is not accepted');
  });
});

describe('a feed of signed revocations', () => {
  let server: LoopbackServer;
  let headers: Record<string, string>;
  beforeEach(async () => {
    headers = {};
    const text = await signRevocations([], { key: key.key, kid: 'k1', sequence: 7, issuedAt: MOMENT });
    server = await LoopbackServer.start((request, response) => {
      const isHeld = request.headers['if-none-match'] === '"7"';
      response.writeHead(isHeld ? 304 : 200, { etag: '"7"', ...headers }).end(isHeld ? undefined : text);
    });
  });
  afterEach(() => server.stop());
  const feedOf = () => httpRevocations({ url: server.url, signature: { keys: [key.jwk] } });
  const confirm = async (at: number, sequence = 7) => {
    headers = { 'Authz-Confirmation': await signConfirmation(TYPE, sequence, new Date(at), signer) };
  };

  it('is that of its list, and with each response that of its last confirmation', async () => {
    const feed = feedOf();
    const read = async (since?: string) => (await feed.read(since, AbortSignal.timeout(5000))).asOf;
    expect(await read()).toBe(MOMENT.getTime());
    expect(await read('"7"')).toBe(MOMENT.getTime());
    await confirm(MOMENT.getTime() + 1000);
    expect(await read('"7"')).toBe(MOMENT.getTime() + 1000);
    await confirm(MOMENT.getTime() + 500);
    expect(await read('"7"')).toBe(MOMENT.getTime() + 1000);
    // The publisher has a newer document, which is held back.
    await confirm(MOMENT.getTime() + 2000, 8);
    expect(await read('"7"')).toBe(MOMENT.getTime() + 1000);
    await confirm(Date.now() + 3_600_000);
    expect(await read('"7"')).toBe(MOMENT.getTime() + 1000);
  });

  it('applies its rules even if the confirmation is invalid, and reports that with the next response', async () => {
    headers = { 'Authz-Confirmation': 'none' };
    const feed = feedOf();
    expect(await feed.read(undefined, AbortSignal.timeout(5000))).toMatchObject({ entries: [], asOf: MOMENT.getTime() });
    await expect(feed.read('"7"', AbortSignal.timeout(5000))).rejects.toThrow('"authz-confirmation" is not accepted');
  });
});
