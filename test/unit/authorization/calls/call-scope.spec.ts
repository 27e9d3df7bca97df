import { CallScope, type Exchange } from '../../../../lib/authorization/index.js';
import { unknownTransport } from '../../../../lib/authorization/calls/unknown-transport.js';
import { turns } from '../../../waiting/turns.js';

const exchange = (): Exchange => ({ transport: unknownTransport, args: [], carrier: {} });

describe('the current call', () => {
  it('is none outside of any', () => {
    expect(new CallScope().current()).toBeUndefined();
  });

  it('is the one that the running code belongs to, also after it has waited', async () => {
    const scope = new CallScope();
    const calls = Array.from({ length: 20 }, exchange);
    const seen = await Promise.all(
      calls.map((call, number) =>
        scope.run(call, async () => {
          await turns(number % 3);
          return scope.current();
        }),
      ),
    );
    seen.forEach((each, number) => expect(each).toBe(calls[number]));
    expect(scope.current()).toBeUndefined();
  });

  it('is another one in each application', () => {
    const [one, other] = [new CallScope(), new CallScope()];
    one.run(exchange(), () => expect(other.current()).toBeUndefined());
  });
});
