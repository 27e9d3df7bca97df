import { Controller, Get } from '@nestjs/common';
import { RequirePermissions, type MappingSource } from '../../lib/index.js';
import { CapturedLog } from './captured-log.js';
import { onBothAdapters } from './on-both-adapters.js';

/** A name with which an attacker would forge a line, colour it, or hide the text that follows. */
const FORGERY = 'x\r\n[Nest] 1  - LOG [Authz] orders:write granted to mallory\u001b[2J\u202e\u2028y';

@Controller()
class Orders {
  @Get('read') @RequirePermissions('orders:read') read() {
    return 'in';
  }
}

/** A source whose name, origin, problems and errors contain the forgery. */
class ForgingSource implements MappingSource {
  readonly name = FORGERY;
  private loads = 0;
  private reload: () => Promise<boolean> = () => Promise.resolve(false);

  load(note: (problem: string) => void) {
    note(FORGERY);
    if (this.loads++ === 1) throw new Error(FORGERY);
    const document = { revision: `r${this.loads}`, roles: { [`viewer${FORGERY}`]: ['orders:read'] } };
    return { content: { document }, origin: FORGERY };
  }

  watch(reload: () => Promise<boolean>) {
    this.reload = reload;
    return () => undefined;
  }

  again(): Promise<boolean> {
    return this.reload();
  }
}

onBothAdapters(({ start }) => {
  it('strings from outside never add a line to the log, in names, documents and errors of a source', async () => {
    const log = new CapturedLog();
    const source = new ForgingSource();
    const app = await start(Orders, { mapping: source }, log.here);
    await source.again();
    await source.again();
    await app.as(`viewer${FORGERY}`, FORGERY).get('/read').expect(200);
    await app.as(FORGERY).get('/read').expect(403);
    const forged = log.matching(/granted to mallory/);
    expect(forged.length).toBeGreaterThanOrEqual(4);
    for (const line of forged) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });
});
