import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { fileMapping } from '../../../lib/index.js';
import { ALIAS_BOMB, BROKEN_DOCUMENTS, HUGE_BYTES } from './broken-documents.js';
import { rota } from './rota.js';
import { Service } from './service.js';

describe('a mapping in a file, under load', () => {
  let folder: string;
  let file: string;
  let service: Service;

  const replace = async (text: string) => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  const textOf = (revision: number) => JSON.stringify(rota(revision, revision));
  const publish = (revision: number) => replace(textOf(revision));

  /** Reads the directory before the next poll. */
  const stir = () => writeFile(join(folder, 'other'), '');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'outages-'));
    file = join(folder, 'mapping.json');
    await publish(10);
    service = await Service.start(fileMapping(file), 10, new FastifyAdapter());
    await service.load.round();
  });
  afterEach(() => expect(service.load.wrong).toEqual([]));
  afterAll(async () => {
    await service.stop();
    await rm(folder, { recursive: true });
  });

  it('is replaced as a whole', async () => {
    await service.rotates(publish);
    await service.rotates(publish);
    await service.load.round();
    expect(service.alarms()).toEqual([]);
  });

  it.each([...BROKEN_DOCUMENTS, ALIAS_BOMB])('stays as it was for $what', async ({ textAfter, message }) => {
    const text = textAfter(service.number);
    await service.suffers(
      () => replace(text),
      message,
      () => replace(text),
    );
    await service.rotates(publish);
    await service.isWell();
  });

  it('stays as it was while the file is being written', async () => {
    const half = textOf(service.number + 1).slice(0, 100);
    await service.suffers(
      () => writeFile(file, half),
      // First perhaps empty, since `writeFile()` truncates the file: two faults at most.
      /line 1, column|must be an object with "roles", got null/,
      () => writeFile(file, half, { flag: 'r+' }), // does not truncate
      2,
    );
    await service.rotates((revision) => writeFile(file, textOf(revision)));
  });

  it('stays as it was for a file of 100 MB', async () => {
    const replaceByHuge = async () => {
      await writeFile(`${file}.new`, '');
      await truncate(`${file}.new`, HUGE_BYTES);
      await rename(`${file}.new`, file);
    };
    await service.suffers(replaceByHuge, /is larger than 8388608 bytes/, replaceByHuge);
    await service.rotates(publish);
  });

  it('stays as it was without the file, and is loaded again with it', async () => {
    await service.suffers(() => rm(file), /cannot be read \(ENOENT\)/, stir);
    await service.recovers(() => publish(service.number));
  });

  it('stays as it was for a directory in its place', async () => {
    await service.suffers(
      async () => {
        await rm(file);
        await mkdir(file);
      },
      /is not a regular file/,
      stir,
    );
    await rm(file, { recursive: true });
    await service.rotates(publish);
  });

  it('follows swapped links, as Kubernetes mounts a ConfigMap', async () => {
    const revisions = [service.number, service.number + 1];
    for (const revision of revisions) {
      await mkdir(join(folder, `data${revision}`));
      await writeFile(join(folder, `data${revision}`, 'mapping.json'), textOf(revision));
    }
    const swap = async (revision: number) => {
      await symlink(`data${revision}`, join(folder, 'data.new'));
      await rename(join(folder, 'data.new'), join(folder, 'data'));
    };
    await swap(revisions[0]!);
    await symlink('data/mapping.json', join(folder, 'link.new'));
    await rename(join(folder, 'link.new'), file);
    await service.rotates(swap);
  });
});
