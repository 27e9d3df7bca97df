import { PendingConnections } from '../../../../../lib/transports/websockets/connections/pending-connections.js';

it('counts each pending connection once, up to the limit', () => {
  const pending = new PendingConnections(2);
  const [first, second] = [pending.add(), pending.add()];
  expect(pending.add()).toBeUndefined();
  first?.();
  first?.();
  expect(pending.add()).toBeDefined();
  expect(pending.add()).toBeUndefined();
  second?.();
  expect(pending.add()).toBeDefined();
  expect(pending.add()).toBeUndefined();
});
