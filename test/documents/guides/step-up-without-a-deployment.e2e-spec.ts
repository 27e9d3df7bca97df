import { StubIssuer, type StubTokenClaims } from '../../../lib/testing/index.js';
import { stopAtTheEnd } from '../../servers/stop-at-the-end.js';
import { Guide, shown, type GuideProject, type RunningGuide } from '../guide.js';
import { consoleSteps } from './console-steps.js';
import { NEST_NEW } from './nest-new.js';

const guide = Guide.read('step-up-without-a-deployment');
const BEFORE = 'roles:\n  clerk: [payments:read]\n  treasurer: [payments:read, payments:release]\n';

describe('the guide to step-up in the mapping', () => {
  let issuer: StubIssuer;
  let project: GuideProject;
  let service: RunningGuide;

  beforeAll(async () => {
    issuer = stopAtTheEnd(await StubIssuer.start());
    project = await guide.project({ 'https://id.acme.com': issuer.url }, NEST_NEW);
  });

  const release = (claims: StubTokenClaims) =>
    fetch(`${service.url}/payments/7/release`, {
      method: 'POST',
      headers: { authorization: `Bearer ${issuer.token({ aud: 'https://payments.acme.com', ...claims })}` },
    });
  const secondsAgo = (seconds: number) => Math.floor(Date.now() / 1000) - seconds;
  const password = (role: string) => ({ roles: [role], acr: 'urn:acme:password', auth_time: secondsAgo(10) });
  const mfa = (role: string) => ({ roles: [role], acr: 'urn:acme:mfa', auth_time: secondsAgo(10) });

  it.each(['lint', 'test'])('shows the output of nestjs-authz %s', async (command) => {
    for (const { command: line, output } of consoleSteps(guide.block(`npx nestjs-authz ${command} mapping.yaml`)))
      await expect(project.run(line)).resolves.toMatch(shown(output));
  });

  it('has a second form of the mapping, which requires the same', async () => {
    await project.write(
      'second.yaml',
      `${BEFORE}${guide.blocks.find(({ content }) => content.startsWith('requires:'))!.content}`,
    );
    await expect(project.run('npx nestjs-authz test second.yaml matrix.yaml')).resolves.toContain('0 failures');
  });

  it('is right that a list of permissions must be complete', async () => {
    await project.write('third.yaml', guide.file('mapping.yaml').replace(/^ +payments:read: .*\n/m, ''));
    await expect(project.run('npx nestjs-authz lint third.yaml')).rejects.toThrow('"payments:read" is not in "permissions"');
    expect(guide.symptoms()).toContain('… is not in "permissions"');
  });

  it('requires MFA from a running service, as shown', async () => {
    await project.write('mapping.yaml', BEFORE);
    service = await project.start();
    expect((await release(password('treasurer'))).status).toBe(200);
    await project.write('mapping.yaml', guide.file('mapping.yaml'));
    await service.prints(shown(guide.block('is now revision')));

    const { status, headers } = await release(password('treasurer'));
    const seen = `HTTP/1.1 ${status} Unauthorized\nWWW-Authenticate: ${headers.get('www-authenticate')}`;
    expect(seen).toMatch(shown(guide.block('HTTP/1.1 401')));
    await service.prints(shown(guide.block('Refused PaymentsController.release')));
    expect((await release(mfa('treasurer'))).status).toBe(200);
    expect((await release({ ...mfa('treasurer'), auth_time: secondsAgo(600) })).status).toBe(401);
    expect((await release(password('clerk'))).status).toBe(403);
  });
});
