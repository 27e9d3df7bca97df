import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { stopAtTheEnd } from './stop-at-the-end.js';

/** Proxy between a client and a server on 127.0.0.1 that simulates network failures. */
export interface TcpProxy {
  readonly port: number;
  /** Number of open connections. */
  readonly connections: number;
  /** Number of connections accepted since the start. */
  readonly accepted: number;
  /** Bytes forwarded from the server since the start. */
  readonly bytesFromServer: number;
  /** Closes all open connections; accepts new ones. */
  cut(): void;
  /** Forwards nothing and closes nothing, like a network that drops packets. Accepts new connections, without a response. */
  hang(): void;
  /** Closes every connection, new ones immediately. */
  refuse(): void;
  /** Forwards everything again, including data received during {@link TcpProxy.hang}. */
  pass(): void;
  stop(): Promise<void>;
}

/** Starts a proxy on a free port in front of `targetPort`. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let state: 'passing' | 'hanging' | 'refusing' = 'passing';
  let accepted = 0;
  let bytesFromServer = 0;

  const server = createServer((client) => {
    accepted += 1;
    if (state === 'refusing') return void client.destroy();
    const upstream = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      if (state === 'hanging') from.pause();
      from.on('data', (data) => {
        if (from === upstream) bytesFromServer += data.length;
        to.write(data);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  const cut = () => sockets.forEach((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));

  return stopAtTheEnd<TcpProxy>({
    port: (server.address() as AddressInfo).port,
    get connections() {
      return sockets.size / 2;
    },
    get accepted() {
      return accepted;
    },
    get bytesFromServer() {
      return bytesFromServer;
    },
    cut,
    hang: () => {
      state = 'hanging';
      sockets.forEach((socket) => socket.pause());
    },
    refuse: () => {
      state = 'refusing';
      cut();
    },
    pass: () => {
      state = 'passing';
      sockets.forEach((socket) => socket.resume());
    },
    stop: async () => {
      state = 'refusing';
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
