import { config, filter, lastValueFrom, NEVER, of, Subject, toArray, type Observable } from 'rxjs';
import { AuthzRpcException } from '../../../../../lib/transports/microservices/authz-rpc.exception.js';
import { StreamedMessages } from '../../../../../lib/transports/microservices/grpc/streamed-messages.js';
import { turns } from '../../../../waiting/turns.js';

const refused = new AuthzRpcException('permission_missing', {});

/** Messages of a client as a handler has them, and what its client is told. */
function streamed(answer: (messages: Observable<unknown>) => Observable<unknown> = () => NEVER) {
  const [source, told] = [new Subject<unknown>(), [] as unknown[]];
  const stream = new StreamedMessages(() => undefined);
  const messages = stream.input(source, (what) => what());
  stream.response(answer(messages)).subscribe({
    next: (value) => told.push(value),
    error: (error: unknown) => {
      told.push(error);
      // As Nest does.
      source.error(error);
    },
    complete: () => told.push('complete'),
  });
  return { source, stream, messages, told };
}

describe('what a client streams', () => {
  it('completes for the handler when the call is ended, and the answer does not look whole', () => {
    const answer = new Subject<unknown>();
    const { source, stream, messages, told } = streamed(() => answer);
    const taken: unknown[] = [];
    messages.subscribe({
      next: (value) => taken.push(value),
      complete: () => {
        taken.push('complete');
        answer.complete();
      },
    });
    source.next(1);
    stream.end(refused);
    stream.end(refused);
    expect(taken).toEqual([1, 'complete']);
    expect(told).toEqual([refused]);
    expect([stream.isEnded, source.observed]).toEqual([true, false]);
  });

  it('is empty for who subscribes after that', async () => {
    const { stream, messages } = streamed();
    stream.end(refused);
    expect(await lastValueFrom(messages.pipe(toArray()))).toEqual([]);
  });

  it('completes also where the refusal is the end of the answer itself', () => {
    const answer = new Subject<unknown>();
    const { messages, told } = streamed(() => answer);
    const taken: unknown[] = [];
    messages.subscribe({ complete: () => taken.push('complete') });
    answer.error(refused);
    expect([taken, told]).toEqual([['complete'], [refused]]);
  });

  it('fails as before where the answer fails for another reason, and completes as before', () => {
    const failure = new Error('of the application');
    const answer = new Subject<unknown>();
    const { messages, told } = streamed(() => answer);
    const taken: unknown[] = [];
    messages.subscribe({ error: (error: unknown) => taken.push(error) });
    answer.error(failure);
    expect([taken, told]).toEqual([[failure], [failure]]);
    expect(streamed(() => of(1)).told).toEqual([1, 'complete']);
  });
});

describe('a refusal', () => {
  const refuse = (): never => {
    throw refused;
  };
  const rejecting = (): unknown => Promise.reject(refused);
  it.each<[string, (messages: Observable<unknown>) => unknown]>([
    ['a function', (messages) => messages.subscribe(refuse)],
    ['an observer', (messages) => messages.subscribe({ next: refuse })],
    ['an async observer', (messages) => messages.subscribe({ next: rejecting })],
    ['an observer behind operators', (messages) => messages.pipe(filter(Boolean)).pipe(filter(Boolean)).subscribe(refuse)],
    ['the function for the end', (messages) => messages.subscribe({ complete: refuse })],
  ])('in %s ends the call', async (_where, subscribe) => {
    const { source, messages, told } = streamed();
    subscribe(messages);
    source.next(1);
    source.complete();
    await turns();
    expect(told).toEqual([refused]);
  });

  it('in the function for an error ends it as well', () => {
    const { source, messages, told } = streamed();
    messages.subscribe({ error: refuse });
    source.error(new Error('of the connection'));
    expect(told).toEqual([refused]);
  });

  it('is all that is caught', async () => {
    const thrown: unknown[] = [];
    const { source, messages, told } = streamed();
    const failure = new Error('of the application');
    messages.pipe(filter(Boolean)).subscribe({
      next: () => {
        throw failure;
      },
    });
    // What RxJS would throw at the process.
    const reported = new Promise<void>((resolve) => {
      config.onUnhandledError = (error) => resolve(void thrown.push(error));
    });
    source.next(1);
    await reported;
    config.onUnhandledError = null;
    expect([thrown, told]).toEqual([[failure], []]);
  });
});
