import { CallScope, type RunningCall } from '../../../../lib/authorization/index.js';
import { unknownTransport } from '../../../../lib/authorization/transports/unknown-transport.js';
import { turns } from '../../../waiting/turns.js';

const call = (): RunningCall => ({ transport: unknownTransport, args: [], carrier: {} });

describe('the current call', () => {
  it('is none outside of any', () => {
    expect(new CallScope().current()).toBeUndefined();
  });

  it('is the one that the running code belongs to, also after it has waited', async () => {
    const scope = new CallScope();
    const calls = Array.from({ length: 20 }, call);
    const seen = await Promise.all(
      calls.map((each, number) =>
        scope.run(each, async () => {
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
    one.run(call(), () => expect(other.current()).toBeUndefined());
  });
});
