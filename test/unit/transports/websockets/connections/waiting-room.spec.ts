import { WaitingRoom } from '../../../../../lib/transports/websockets/connections/waiting-room.js';

it('has so many places, and each is left once', () => {
  const room = new WaitingRoom(2);
  const [first, second] = [room.enter(), room.enter()];
  expect(room.enter()).toBeUndefined();
  first?.();
  first?.();
  expect(room.enter()).toBeDefined();
  expect(room.enter()).toBeUndefined();
  second?.();
  expect(room.enter()).toBeDefined();
  expect(room.enter()).toBeUndefined();
});
