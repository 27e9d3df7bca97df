import type { AuthzTestApp } from '../../../lib/testing/index.js';
import { CapturedLog } from '../captured-log.js';
import { onBothAdapters } from '../on-both-adapters.js';
import { ODD_CONTROLLERS, ODD_PROVIDERS, ODD_ROUTES } from './odd-handlers.js';

onBothAdapters(({ start }) => {
  const log = new CapturedLog();
  let app: AuthzTestApp;
  let warnings: readonly string[];
  beforeAll(async () => {
    app = await start({ controllers: [...ODD_CONTROLLERS], providers: [...ODD_PROVIDERS] }, {}, log.here);
    warnings = log.matching(/is refused: /);
  });

  it.each(ODD_ROUTES)('%s requires what its property states, whatever function is there', async (path, statuses) => {
    const callers = [app.anonymous(), app.as('viewer'), app.as('admin')];
    const answered = [];
    for (const caller of callers) answered.push((await caller.get(path)).status);
    expect(answered).toEqual(statuses);
  });

  it('names at the start the handlers that cannot be distinguished', () => {
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^WARN Every call to Shared\.open or Shared\.closed is refused: one function stands for several handlers/,
    );
  });
});
