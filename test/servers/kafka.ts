import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kafka, type Admin } from 'kafkajs';
import { until } from '../waiting/until.js';
import { javaServer, jvmOptions } from './java-server.js';
import { ServerProcess } from './server-process.js';

const DIRECTORY = javaServer('kafka');

export const isKafkaInstalled = DIRECTORY !== undefined;

/** A real Kafka broker on 127.0.0.1, with its own data directory. */
export interface KafkaServer {
  /** For Nest's `options.client`: the address, and no log output of kafkajs. */
  readonly client: { readonly brokers: string[]; readonly logCreator: () => () => void };
  /** A plain client of kafkajs. */
  readonly kafkajs: Kafka;
  /** Creates topics with one partition each. A consumer would create a missing topic, too, but fail a few times first. */
  createTopics(...names: readonly string[]): Promise<void>;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

/** Starts a node that is broker and controller (KRaft), on free ports. */
export async function startKafka(): Promise<KafkaServer> {
  const server = await ServerProcess.prepare('kafka', 'self');
  const java = [...jvmOptions(256), '-cp', join(DIRECTORY!, 'libs/*')];
  const file = join(server.directory, 'server.properties');
  const data = join(server.directory, 'data');
  const configure = async ([broker, controller]: readonly [number, number]) => {
    const settings = [
      'process.roles=broker,controller',
      'node.id=1',
      `controller.quorum.voters=1@127.0.0.1:${controller}`,
      `listeners=PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}`,
      'controller.listener.names=CONTROLLER',
      `log.dirs=${data}`,
      'offsets.topic.num.partitions=1',
      'offsets.topic.replication.factor=1',
      'group.initial.rebalance.delay.ms=0',
    ];
    await writeFile(file, settings.join('\n'));
    const cluster = randomBytes(16).toString('base64url');
    await server.run('java', [
      ...[...java, 'kafka.tools.StorageTool', 'format', '--ignore-formatted', '--cluster-id', cluster, '--config', file],
    ]);
    return [...java, 'kafka.Kafka', file];
  };
  const [port] = await server.startOnFreePorts(2, 'java', configure, 'Kafka Server started');
  const client = { brokers: [`127.0.0.1:${port}`], logCreator: () => () => undefined };
  const kafkajs = new Kafka(client);
  await hasCoordinator(kafkajs);
  return { client, kafkajs, createTopics: (...names) => createTopics(kafkajs, names), stop: () => server.stop() };
}

/** The first consumer makes the broker create its group topic. Consumers that connect earlier fail and retry. */
async function hasCoordinator(kafkajs: Kafka): Promise<void> {
  await withAdmin(kafkajs, (admin) =>
    until(() =>
      admin.fetchOffsets({ groupId: 'none' }).then(
        () => true,
        () => false,
      ),
    ),
  );
}

async function createTopics(kafkajs: Kafka, names: readonly string[]): Promise<void> {
  const topics = names.map((topic) => ({ topic, numPartitions: 1, replicationFactor: 1 }));
  await withAdmin(kafkajs, (admin) => admin.createTopics({ topics }));
}

async function withAdmin(kafkajs: Kafka, work: (admin: Admin) => Promise<unknown>): Promise<void> {
  const admin = kafkajs.admin();
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.disconnect();
  }
}
