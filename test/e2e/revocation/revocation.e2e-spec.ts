import { Controller, Get } from '@nestjs/common';
import { Authenticated, Revocations } from '../../../lib/index.js';
import { MemoryFeed } from '../../unit/revocation/memory-feed.js';
import { onBothAdapters } from '../on-both-adapters.js';

@Controller()
class OrdersController {
  @Get('orders')
  @Authenticated()
  list() {
    return [];
  }
}

onBothAdapters(({ start }) => {
  it('refuses a withdrawn subject', async () => {
    const feed = new MemoryFeed();
    const a = await start(OrdersController, { maxTokenLifetimeSeconds: 600, revocation: { feed } });
    const b = await start(OrdersController, { maxTokenLifetimeSeconds: 600, revocation: { feed } });
    const carl = a.token({ sub: 'carl' });
    const carlAtB = b.token({ sub: 'carl' });
    await a.withToken(carl).get('/orders').expect(200);
    await b.withToken(carlAtB).get('/orders').expect(200);
    const receipt = await a.app.get(Revocations).revoke({ kind: 'subject', value: 'carl' });
    expect(receipt.spread).toBe(true);
    await a.withToken(carl).get('/orders').expect(401);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await b.withToken(carlAtB).get('/orders').expect(401);
  });
});
