import fc from 'fast-check';
import { MappingError } from '../../../../lib/mapping/index.js';
import { readDocument } from '../../../../lib/mapping/document/read-document.js';

/** The parsed document, or the lines of the refusal. */
async function read(text: string): Promise<unknown> {
  try {
    return (await readDocument({ text }, 'test')).document;
  } catch (error) {
    if (error instanceof MappingError) return error.faults.map(({ place, message }) => `${place}: ${message}`);
    throw error;
  }
}

/** Long enough to be parsed as JSON only. */
const LONG = 300_000;
const padding = ' '.repeat(LONG);
const largeRoles = Object.fromEntries(
  Array.from({ length: 10_000 }, (_, index) => [`role${index}`, [`orders:${index}`, 'é"\\:']]),
);

describe('readDocument', () => {
  it('returns a document that is a value', async () => {
    const document = { roles: {} };
    expect((await readDocument({ document }, 'test')).document).toBe(document);
  });

  it.each(['{"roles": {"a": ["b"]}}', 'roles:\n  a: [b]\n', '{roles: {a: [b]}}', '\ufeff{"roles": {"a": ["b"]}}'])(
    'reads %j',
    async (text) => {
      expect(await read(text)).toEqual({ roles: { a: ['b'] } });
    },
  );

  it('has the position of each member of a short text', async () => {
    const { placeOf } = await readDocument({ text: 'roles:\n  a:\n    - b\n    - c\n' }, 'test');
    expect(placeOf?.(['roles', 'a', 1])).toBe('line 4, column 7');
    expect(placeOf?.(['roles', 'nowhere', 1])).toBe('line 1, column 1');
  });

  it('lists 100 faults of a string that is not a document', async () => {
    const error: unknown = await readDocument({ text: 'a: [}\n'.repeat(2000) }, 'test').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MappingError);
    expect((error as MappingError).faults.length).toBeLessThanOrEqual(100);
    expect((error as MappingError).message.length).toBeLessThan(20_000);
  });

  describe('of a large JSON text', () => {
    it('parses like JSON.parse, with or without a byte order mark', async () => {
      const text = JSON.stringify({ roles: largeRoles }, null, 1);
      expect(text.length).toBeGreaterThan(LONG);
      for (const written of [text, `\ufeff\n ${text}`]) expect(await read(written)).toEqual({ roles: largeRoles });
    });

    it.each([
      ['{"roles": {"a": [], "b": {}, "a": ["x"]}}', 'line 1, column 30'],
      ['{"roles": {},\n "roles": {}}', 'line 2, column 2'],
      ['{"roles": {"a": [],\r\n  "\\u0061"\n : ["x"]}}', 'line 2, column 3'],
      ['{"a": {"}": 1, "{": [{"\\"": 1}], "x\\"": {"k": 1}}, "b": [1, {"k": 1, "\\u006b": 2}]}', ''],
      ['{"__proto__": 1, "__proto__": 2}', 'line 1, column 18'],
    ])('refuses %s, where JSON.parse would keep the last', async (text, place) => {
      expect(await read(text + padding)).toEqual([
        expect.stringContaining(`${place}: this member has the same name as an earlier one.`),
      ]);
    });

    it('accepts equal names in different objects, and equal strings that are not names', async () => {
      const text =
        '{"a": {"a": {"a": ["a", "a"]}}, "b": {"a": "a"}, "c": [{"a": 1}, {"a": 2}], "\\"a\\":": "{\\"a\\":1,\\"a\\":2}"}';
      expect(await read(text + padding)).toEqual(JSON.parse(text));
    });

    it('refuses a truncated or damaged text, without quoting it', async () => {
      const text = `{"secret": "sesame open"${padding}, "roles": ${JSON.stringify(largeRoles)}}`;
      for (const broken of [
        text.slice(0, -1),
        text.slice(0, -5),
        `${text}}`,
        text.replace('"roles": ', '"roles" '),
        `${text.slice(0, -1)},}`,
      ]) {
        const faults = (await read(broken)) as string[];
        expect(faults).toEqual([
          expect.stringMatching(/^(line \d+, column \d+|the document): looks like JSON but does not parse/),
        ]);
        expect(faults[0]).not.toMatch(/sesame|orders/);
      }
    });

    it('finds a duplicate name if and only if there is one', async () => {
      const name = fc.constantFrom('a', 'b', '__proto__', '"', '{', '}', ':', '\\', 'a\\u0062', '');
      const { tree } = fc.letrec<{ tree: [text: string, repeats: boolean] }>((tie) => ({
        tree: fc.oneof(
          { depthSize: 'small' },
          fc.oneof(name, fc.integer(), fc.constant(null)).map((leaf): [string, boolean] => [JSON.stringify(leaf), false]),
          fc
            .array(tie('tree'), { maxLength: 3 })
            .map((all): [string, boolean] => [`[${all.map(([text]) => text).join(' , ')}]`, all.some(([, repeats]) => repeats)]),
          fc
            .array(fc.tuple(name, tie('tree')), { maxLength: 3 })
            .map((members): [string, boolean] => [
              `{${members.map(([key, [text]]) => `${JSON.stringify(key)} :${text}`).join(',')}}`,
              new Set(members.map(([key]) => key)).size < members.length || members.some(([, [, repeats]]) => repeats),
            ]),
        ),
      }));
      await fc.assert(
        fc.asyncProperty(tree, async ([text, repeats]) => {
          const result = await read(`[${text}]${padding}`);
          if (repeats) expect(result).toEqual([expect.stringContaining('this member has the same name')]);
          else expect(JSON.stringify(result)).toBe(JSON.stringify([JSON.parse(text)]));
        }),
        { numRuns: 300 },
      );
    });
  });

  it('parses a large YAML text as YAML', async () => {
    expect(await read(`# ${'x'.repeat(LONG)}\nroles: {a: [b]}\n`)).toEqual({ roles: { a: ['b'] } });
  });
});
