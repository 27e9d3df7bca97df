import { generateKeyPairSync } from 'node:crypto';
import { jest } from '@jest/globals';
import { Module, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Provider } from 'oidc-provider';
import { AuthzModule } from '../../../lib/index.js';
import { newSigningKey, signJwt } from '../../../lib/testing/jwt.js';
import { BackChannelLogoutModule } from '../../../lib/servers/receivers/index.js';
import { LoopbackServer } from '../../servers/loopback-server.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters, OPTIONS } from '../on-both-adapters.js';
import { now, Orders } from './receiver-kit.js';

/** What oidc-provider's client can do and its types, which are ours, omit. */
interface LogoutClient {
  backchannelLogout(subject: string, sid: string): Promise<void>;
}

// It warns that it is not meant for production as it is started here.
jest.spyOn(console, 'warn').mockImplementation(() => undefined);

onBothAdapters(({ newAdapter, closeLater }) => {
  it.each([true, false])('a real provider ends a session (bodies parsed by Nest: %s)', async (bodyParser) => {
    const server = await LoopbackServer.start();
    closeLater({ close: () => server.stop() });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const signingKey = { ...newSigningKey('k1', 'RS256'), privateKey };

    @Module({
      controllers: [Orders],
      imports: [
        AuthzModule.forRoot({
          ...OPTIONS,
          issuer: server.url,
          maxTokenLifetimeSeconds: 600,
          revocation: { feed: null },
        }),
        BackChannelLogoutModule.forRoot({ issuer: server.url, audience: 'shop-web' }),
      ],
    })
    class App {}
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest types its options as a class, which is never constructed
    const options: NestApplicationOptions = { bodyParser, logger: new CapturedLog() };
    const app = closeLater(await NestFactory.create(App, newAdapter(), options));
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();

    const provider = new Provider(server.url, {
      clients: [
        {
          client_id: 'shop-web',
          client_secret: 'secret',
          redirect_uris: ['http://127.0.0.1/callback'],
          backchannel_logout_uri: `${url}/backchannel-logout`,
          backchannel_logout_session_required: true,
        },
      ],
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] },
      features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: false } },
      findAccount: (_context: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    });
    server.answer = provider.callback();

    const token = signJwt(
      { alg: 'RS256', kid: 'k1', typ: 'at+jwt' },
      { iss: server.url, aud: 'orders', sub: 'carl', sid: 's1', iat: now(), exp: now() + 300, jti: 't', client_id: 'shop-web' },
      signingKey,
    );
    const statusOf = async () => (await fetch(`${url}/orders`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await statusOf()).toBe(200);
    const { Client } = provider as unknown as { readonly Client: { find(id: string): Promise<LogoutClient> } };
    await (await Client.find('shop-web')).backchannelLogout('carl', 's1'); // rejects unless the status is 200
    expect(await statusOf()).toBe(401);
  });
});
