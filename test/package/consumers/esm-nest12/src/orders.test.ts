import { startAuthzApp, type AuthzTestApp } from 'nestjs-authz/testing';
import { afterAll, beforeAll, it } from 'vitest';
import { AppModule } from './app.module.js';

let app: AuthzTestApp;
beforeAll(async () => {
  app = await startAuthzApp(AppModule);
});
afterAll(() => app.close());

it('answers 401 without a token', async () => {
  await app.anonymous().get('/orders').expect(401);
});

it('answers 403 when no role grants the permission', async () => {
  await app.as('viewer').delete('/orders').expect(403);
});

it('lets a role in that grants the permission', async () => {
  await app.as('clerk').get('/orders').expect(200, { caller: 'test-subject', mayDelete: true });
});
