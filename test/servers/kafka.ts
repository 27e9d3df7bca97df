import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kafka, type Admin } from 'kafkajs';
import { until } from '../waiting/until.js';
import { javaServer, jvmOptions } from './java-server.js';
import { ServerProcess } from './server-process.js';

const DIRECTORY = javaServer('kafka');

export const isKafkaInstalled = DIRECTORY !== undefined;

/** A real Kafka broker on 127.0.0.1, with its data in a directory of its own. */
export interface KafkaServer {
  /** For `options.client` of Nest: its address, and that kafkajs logs nothing. */
  readonly client: { readonly brokers: string[]; readonly logCreator: () => () => void };
  /** A plain client of kafkajs. */
  readonly kafkajs: Kafka;
  /** Makes topics of one partition each. One that is first seen by its consumer comes into being, too, but its consumer fails a few times before. */
  createTopics(...names: readonly string[]): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Starts one node that is broker and controller (KRaft), on free ports. */
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

/** The first consumer has the broker make the topic of its groups; those that come before it is there fail and start again. */
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
