import { traceContext } from '../../../../lib/outbound/clients/trace-context.js';
import { unknownTransport } from '../../../../lib/authorization/transports/unknown-transport.js';

const GOOD = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const traceOf = (headers: Record<string, string>) =>
  traceContext({ transport: { ...unknownTransport, header: (_, name) => headers[name] }, args: [], carrier: {} });

describe('the trace of a call', () => {
  it('is passed on unchanged', () => {
    expect(traceOf({ traceparent: GOOD, tracestate: 'a=1,b=2', baggage: 'user=ann' })).toEqual({
      traceparent: GOOD,
      tracestate: 'a=1,b=2',
    });
    expect(traceOf({ traceparent: GOOD })).toEqual({ traceparent: GOOD });
  });

  it('is none outside of a call', () => {
    expect(traceContext(undefined)).toEqual({});
  });

  it.each([
    '',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
    GOOD.toUpperCase(),
    `${GOOD}\r\nx-admin: 1`,
    `${GOOD}\n`,
    ` ${GOOD}`,
    `${GOOD}-more`,
    GOOD.slice(1),
    'x'.repeat(1_000_000),
  ])('is none if it is malformed: %j', (traceparent) => {
    expect(traceOf({ traceparent, tracestate: 'a=1' })).toEqual({});
  });

  it.each(['a=1\r\nx-admin: 1', '', 'ä=1', 'x'.repeat(513)])('has no state if that is malformed: %j', (tracestate) => {
    expect(traceOf({ traceparent: GOOD, tracestate })).toEqual({ traceparent: GOOD });
  });

  it('is none without a parent', () => {
    expect(traceOf({ tracestate: 'a=1' })).toEqual({});
  });
});
