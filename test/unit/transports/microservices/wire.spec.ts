import fc from 'fast-check';
import { enclose, isEnvelope } from '../../../../lib/transports/microservices/wire.js';

describe('an envelope', () => {
  it('is the result of enclose() for any payload, also after serialization', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.option(fc.string(), { nil: undefined }), (payload, authorization) => {
        const message = JSON.parse(
          JSON.stringify(enclose(payload, authorization === undefined ? {} : { authorization })),
        ) as unknown;
        expect(isEnvelope(message)).toBe(true);
        expect(message).toEqual({
          $authz: authorization === undefined ? {} : { authorization },
          data: JSON.parse(JSON.stringify(payload)) as unknown,
        });
      }),
    );
  });

  it('has no data if the payload is undefined', () => {
    expect(isEnvelope(JSON.parse(JSON.stringify(enclose(undefined, {}))))).toBe(true);
  });

  it('is no other object', () => {
    fc.assert(fc.property(fc.anything(), (value) => !isEnvelope(value)));
    for (const value of [
      { $authz: {}, [Symbol('more')]: 1 },
      { $authz: {}, data: 1, more: 1 },
      { $authz: [] },
      { $authz: null },
      { data: 1 },
      Object.create({ $authz: {} }),
      [{ $authz: {} }],
    ])
      expect(isEnvelope(value)).toBe(false);
  });
});
