import { mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { jest } from '@jest/globals';
import { AuthzConfigError } from '../../../../lib/core/index.js';
import { fileMapping, MappingError, MappingStore, type MappingEvent } from '../../../../lib/mapping/index.js';

let directory: string;
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'mapping-'))));
afterEach(() => rm(directory, { recursive: true, force: true }));

async function write(text: string, name = 'mapping.yaml'): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

async function load(path: string) {
  const store = new MappingStore(fileMapping(path));
  await store.start();
  store.stop();
  return store;
}
const granted = (store: MappingStore, role = 'viewer') => store.permissionsFor([role]).granted;

/** The message with which a file of this text is refused, without the leading path. */
async function refusalOf(text: string): Promise<string> {
  const path = await write(text);
  const error: unknown = await load(path).catch((reason: unknown) => reason);
  if (!(error instanceof MappingError)) throw new Error(`not refused: ${text}`);
  const head = `The mapping from ${path} cannot be used:\n`;
  expect(error.message.startsWith(head)).toBe(true);
  return error.message.slice(head.length);
}

describe('fileMapping', () => {
  const roles = { viewer: ['orders:read'], clerk: { inherits: ['viewer'], permissions: ['orders:create'] } };

  it.each([[''], [undefined], [7], [{}]])('refuses the path %j', (path) => {
    expect(() => fileMapping(path as string)).toThrow(AuthzConfigError);
    expect(() => fileMapping(path as string)).toThrow(/^"fileMapping\(path\)" must be the path of a JSON or YAML file, got /);
  });

  it('reads the same revision from JSON and YAML, by an absolute or a relative path', async () => {
    const json = await write(JSON.stringify({ roles }), 'mapping.json');
    const yaml = await write(
      '# who may do what\nroles:\n  viewer: [orders:read]\n  clerk:\n    inherits: [viewer]\n    permissions:\n      - orders:create\n',
    );
    const [fromJson, fromYaml] = [await load(json), await load(relative(process.cwd(), yaml))];
    expect(granted(fromJson, 'clerk')).toEqual(['orders:create', 'orders:read']);
    expect(fromYaml.current!.revision).toBe(fromJson.current!.revision);
    expect(fileMapping('mapping.yaml').name).toBe('mapping.yaml');
  });

  it('reads a byte order mark, anchors within reason, and CRLF', async () => {
    expect(granted(await load(await write('\ufeffroles:\r\n  base: &base [a:b]\r\n  viewer: *base\r\n')))).toEqual(['a:b']);
  });

  it('treats __proto__ as an ordinary role', async () => {
    const store = await load(await write('{"roles": {"__proto__": ["a:b"], "viewer": []}}'));
    expect(granted(store)).toEqual([]);
    expect(granted(store, '__proto__')).toEqual(['a:b']);
    expect(granted(store, 'constructor')).toEqual([]);
  });

  it.each([
    ['roles:\n  viewer:\n    - orders:read\n    - ord*\n', '  roles.viewer[1] (line 4, column 7): must be a permission such as'],
    ['roles:\n  viewer:\n    permissions: 7\n', '  roles.viewer.permissions (line 3, column 5): must be a list, got 7.'],
    ['{\n  "roles": {\n    "viewer": ["a b"]\n  }\n}', '  roles.viewer[0] (line 3, column 16): must be a permission'],
    ['role: {}\n', '  role (line 1, column 1): is not an allowed member'],
    ['role: {}\n', '  roles (line 1, column 1): must be an object of role names, got nothing.'],
    ['roles:\n  1: 7\n', '  roles.1 (line 1, column 1): must be a list of permissions'],
    ['roles:\n  a: {inherits: [b]}\n', '  roles.a.inherits[0] (line 2, column 18): no role is named "b".'],
    ['- roles\n', '  the document (line 1, column 1): must be an object with "roles"'],
    ['', '  the document: must be an object with "roles", got null.'],
    ['roles:\n  viewer: [a:b\n', '  line 3, column 1: '],
    ['roles:\n  viewer: []\n  viewer: [a]\n', '  line 3, column 3: this member has the same name as an earlier one.'],
    ['{"roles": {"a": [], "a": ["x"]}}', '  line 1, column 21: this member has the same name as an earlier one.'],
    ['roles:\n  1: []\n  "1": [a]\n', '  line 3, column 3: this member has the same name as an earlier one.'],
    ['roles:\n  &x a: []\n  *x : [b]\n', '  line 3, column 3: a name must be a string, not a list, an object or an alias.'],
    ['roles: {}\n---\nroles: {}\n', '  line 2, column 1: a second document begins here. Write only one document.'],
    ['roles: !!js/function "x"\n', '  line 1, column 8: Unresolved tag'],
    [
      'roles: *nothing\n',
      '  the document: cannot be expanded: Unresolved alias (the anchor must be set before the alias): nothing.',
    ],
    ['roles:\n  viewer: {<<: {permissions: [a]}}\n', '  roles.viewer["<<"] (line 2, column 12): is not an allowed member'],
  ])('refuses %j at its place', async (text, message) => {
    expect(await refusalOf(text)).toContain(message);
  });

  it.each([
    ['brackets', `{"roles": ${'['.repeat(20_000)}`, '  line 1, column 73: is nested more than 64 deep.'],
    ['lists', `roles:\n  ${'- '.repeat(20_000)}x`, 'is nested more than 64 deep.'],
    ['keys', `${'? '.repeat(20_000)}x`, 'is nested more than 64 deep.'],
    ['lines', Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), 'is nested more than 64 deep.'],
  ])('refuses %s nested without end before they fill the stack', async (_what, text, message) => {
    expect(await refusalOf(text)).toContain(message);
  });

  it('refuses aliases that expand to too many values', async () => {
    const lines = Array.from(
      { length: 20 },
      (_, index) => `x${index + 1}: &x${index + 1} [${`*x${index}, `.repeat(9)}*x${index}]`,
    );
    expect(await refusalOf(`x0: &x0 [a]\n${lines.join('\n')}\nroles: {}\n`)).toMatch(
      /^ {2}the document: cannot be expanded: .*alias/,
    );
  });

  it('refuses a file that is missing, not a regular file, or too large', async () => {
    await expect(load(join(directory, 'nowhere.yaml'))).rejects.toThrow(
      /the file: cannot be read \(ENOENT\)\. Looked for it at .*nowhere\.yaml\./,
    );
    await expect(load(directory)).rejects.toThrow('the file: is not a regular file.');
    await writeFile(join(directory, 'latin-1.yaml'), Buffer.from('roles: {a: {deny: ["é:x"]}}', 'latin1'));
    await expect(load(join(directory, 'latin-1.yaml'))).rejects.toThrow('the file: is not valid UTF-8.');
    const large = await write(`roles: {}\n#${'x'.repeat(8 * 1024 * 1024)}`);
    await expect(load(large)).rejects.toThrow('the file: is larger than 8388608 bytes.');
  });
});

describe('a file that changes', () => {
  let store: MappingStore | undefined;
  afterEach(() => store?.stop());

  /** A running store, and a function that awaits its next event. */
  async function follow(path: string) {
    const events: MappingEvent[] = [];
    let notify: () => void = () => undefined;
    const running = new MappingStore(fileMapping(path), (event) => {
      events.push(event);
      notify();
    });
    store = running;
    await running.start();
    events.length = 0;
    const next = async (): Promise<MappingEvent> => {
      if (events.length === 0) await new Promise<void>((resolve) => (notify = resolve));
      return events.shift()!;
    };
    return { running, next };
  }
  const document = (permission: string) => JSON.stringify({ roles: { viewer: [permission] } });

  it('is read again', async () => {
    const path = await write(document('orders:read'));
    const { running, next } = await follow(path);
    await write(document('orders:write'));
    expect(await next()).toEqual({ kind: 'changed', revision: running.current!.revision, source: path, origin: undefined });
    expect(granted(running)).toEqual(['orders:write']);
  });

  it('is read again when another file replaces it, as editors do', async () => {
    const path = await write(document('orders:read'));
    const { running, next } = await follow(path);
    for (const permission of ['orders:write', 'orders:delete']) {
      await rename(await write(document(permission), 'mapping.tmp'), path);
      expect(await next()).toMatchObject({ kind: 'changed' });
      expect(granted(running)).toEqual([permission]);
    }
  });

  it('keeps the last good mapping after an invalid edit, and reports the position of the fault', async () => {
    const { running, next } = await follow(await write(document('orders:read')));
    const { revision } = running.current!;
    await write('roles:\n  viewer: [ord*]\n');
    const event = await next();
    expect(event).toMatchObject({ kind: 'refused', revision });
    expect((event as { error: Error }).error.message).toContain('roles.viewer[0] (line 2, column 12): must be');
    expect(granted(running)).toEqual(['orders:read']);
    await write(document('orders:fixed'));
    expect(await next()).toMatchObject({ kind: 'changed' });
    expect(granted(running)).toEqual(['orders:fixed']);
    expect(await next()).toMatchObject({ kind: 'recovered', revision: running.current!.revision });
  });

  it('keeps the last good mapping while the file is missing, and is read when it is back', async () => {
    const path = await write(document('orders:read'));
    const { running, next } = await follow(path);
    await rm(path);
    const event = await next();
    expect((event as { error: Error }).error.message).toContain('cannot be read (ENOENT)');
    expect(granted(running)).toEqual(['orders:read']);
    await write(document('orders:write'));
    expect(await next()).toMatchObject({ kind: 'changed' });
    expect(granted(running)).toEqual(['orders:write']);
    expect(await next()).toMatchObject({ kind: 'recovered' });
  });

  it('is read again when a link in its path is swapped, as Kubernetes does', async () => {
    const publish = async (version: string, permission: string) => {
      await mkdir(join(directory, version));
      await write(document(permission), join(version, 'mapping.yaml'));
      await symlink(version, join(directory, '..data_tmp'));
      await rename(join(directory, '..data_tmp'), join(directory, '..data'));
    };
    await publish('..v1', 'orders:read');
    await symlink(join('..data', 'mapping.yaml'), join(directory, 'mapping.yaml'));
    const { running, next } = await follow(join(directory, 'mapping.yaml'));
    expect(granted(running)).toEqual(['orders:read']);
    await publish('..v2', 'orders:write');
    expect(await next()).toMatchObject({ kind: 'changed' });
    expect(granted(running)).toEqual(['orders:write']);
  });

  describe('without events from the file system', () => {
    beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] }));
    afterEach(() => void jest.useRealTimers());

    /** Waits several turns of real I/O, so that earlier operations are finished. */
    const settled = async () => {
      for (let turn = 0; turn < 200; turn++) await stat(directory);
    };
    /** A file in a directory that is created after the watch began, and so is not watched. */
    const unwatched = () => {
      const path = join(directory, 'later', 'mapping.yaml');
      const changed = jest.fn(() => Promise.resolve(true));
      const stop = fileMapping(path).watch!(changed, () => undefined);
      const appear = async () => {
        await mkdir(join(directory, 'later'));
        await write(document('orders:read'), join('later', basename(path)));
      };
      return { changed, stop, appear };
    };

    it('is checked at intervals', async () => {
      const { changed, stop, appear } = unwatched();
      await appear();
      await jest.advanceTimersByTimeAsync(5050);
      await settled();
      expect(changed).toHaveBeenCalledTimes(1);
      await jest.advanceTimersByTimeAsync(5050);
      await settled();
      expect(changed).toHaveBeenCalledTimes(1);
      stop();
    });

    it('is read again after a failed read, although it has not changed', async () => {
      const path = join(directory, 'later', 'mapping.yaml');
      const source = fileMapping(path);
      const load = async () => {
        await source.load(() => undefined);
        return true;
      };
      const changed = jest.fn(() => load().catch(() => false));
      const stop = source.watch!(changed, () => undefined);
      const look = async () => {
        await jest.advanceTimersByTimeAsync(5050);
        await settled();
      };
      await mkdir(path, { recursive: true }); // stat() succeeds, reading does not
      await look();
      expect(changed).toHaveBeenCalledTimes(1);
      await look();
      expect(changed).toHaveBeenCalledTimes(2);
      await rm(path, { recursive: true });
      await writeFile(path, document('orders:read'));
      await look();
      expect(changed).toHaveBeenCalledTimes(3);
      await look();
      expect(changed).toHaveBeenCalledTimes(3);
      stop();
    });

    it('is not checked after the end', async () => {
      const { changed, stop, appear } = unwatched();
      await appear();
      jest.advanceTimersByTime(5000);
      stop();
      await jest.advanceTimersByTimeAsync(60_000);
      await settled();
      expect(changed).not.toHaveBeenCalled();
      expect(jest.getTimerCount()).toBe(0);
    });

    it('is not reported by a check that finishes after the end', async () => {
      const { changed, stop, appear } = unwatched();
      await appear();
      jest.advanceTimersByTime(5050); // the check has begun
      stop();
      await settled();
      expect(changed).not.toHaveBeenCalled();
    });
  });
});
