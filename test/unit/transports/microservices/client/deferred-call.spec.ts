import {
  DeferredCall,
  type GrpcCall,
  type GrpcMetadata,
} from '../../../../../lib/transports/microservices/client/deferred-call.js';
import { turns } from '../../../../waiting/turns.js';
import { until } from '../../../../waiting/until.js';

class Fields implements GrpcMetadata {
  clone = () => new Fields();
  get = () => [];
  set = () => undefined;
}

/** A call that records the calls of its methods. */
class NotedCall implements GrpcCall {
  readonly done: string[] = [];
  throwing: string | undefined;
  private note(name: string): void {
    if (this.throwing === name) throw new Error('of the call');
    this.done.push(name);
  }
  start = () => this.note('start');
  sendMessageWithContext = () => this.note('sendMessageWithContext');
  sendMessage = () => this.note('sendMessage');
  startRead = () => this.note('startRead');
  halfClose = () => this.note('halfClose');
  cancelWithStatus = (code: number) => this.note(`cancel ${code}`);
  getPeer = () => 'peer';
}

describe('a call that waits for its token', () => {
  const ends: number[] = [];
  const listener = { onReceiveStatus: ({ code }: { code: number }) => ends.push(code) };
  const token = () => Promise.resolve({ authorization: 'Bearer t' });
  let call: NotedCall;
  beforeEach(() => {
    ends.length = 0;
    call = new NotedCall();
  });

  it('replays the kept calls in order', async () => {
    const deferred = new DeferredCall(() => call, token);
    deferred.start(new Fields(), listener);
    deferred.startRead();
    deferred.sendMessage({});
    deferred.halfClose();
    await turns(5);
    expect(call.done).toEqual(['start', 'startRead', 'sendMessage', 'halfClose']);
    expect(ends).toEqual([]);
  });

  it.each<[string, (of: NotedCall) => GrpcCall]>([
    [
      'cannot be made',
      () => {
        throw new Error('Channel has been shut down');
      },
    ],
    ['cannot be started', (of) => Object.assign(of, { throwing: 'start' })],
  ])('ends once if it %s, and is not used again', async (_, make) => {
    const deferred = new DeferredCall(() => make(call), token);
    deferred.start(new Fields(), listener);
    deferred.sendMessage({});
    await turns(5);
    expect(ends).toEqual([14]);
    deferred.halfClose();
    deferred.cancelWithStatus(1, 'late');
    await turns(5);
    expect(ends).toEqual([14]);
    expect(call.done).toEqual([]);
  });

  it('is cancelled if the kept messages cannot be sent', async () => {
    call.throwing = 'sendMessage';
    const deferred = new DeferredCall(() => call, token);
    deferred.start(new Fields(), listener);
    deferred.sendMessage({});
    await turns(5);
    expect(call.done).toEqual(['start', 'cancel 14']);
  });

  it('does not start after its deadline, although the token arrives', async () => {
    let arrive: (fields: object) => void = () => undefined;
    const deferred = new DeferredCall(
      () => call,
      () => new Promise((resolve) => (arrive = resolve)),
      Date.now() - 1,
    );
    deferred.start(new Fields(), listener);
    await until(() => ends.length > 0);
    arrive({ authorization: 'Bearer t' });
    await turns(5);
    expect(ends).toEqual([4]);
    expect(call.done).toEqual([]);
  });

  it.each([Infinity, Date.now() + 2 ** 40])('does not end early if its deadline is far away: %d', async (deadline) => {
    const deferred = new DeferredCall(() => call, token, deadline);
    deferred.start(new Fields(), listener);
    await turns(5);
    expect(call.done).toEqual(['start']);
    expect(ends).toEqual([]);
  });
});
