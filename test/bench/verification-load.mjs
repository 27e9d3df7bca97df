// Sends requests over keep-alive connections, one at a time on each: `node verification-load.mjs`, told by its parent where to and how long.
// Raw sockets and requests made beforehand, so that it needs less of a core than the server it loads.
import { Buffer } from 'node:buffer';
import { connect } from 'node:net';

let requests = [];

process.on('message', async (message) => {
  if (message.tokens) {
    const head = 'GET /orders HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nUser-Agent: bench\r\nAuthorization: Bearer ';
    requests = message.tokens.map((token) => Buffer.from(`${head}${token}\r\n\r\n`));
    process.send({});
  } else process.send(await load(message));
});
process.on('disconnect', () => process.exit());

/** Sends every request once if no time is given, else whatever fits in it. */
async function load({ port, connections, milliseconds }) {
  const run = { port, next: 0, answered: 0, isOver: () => run.next >= requests.length };
  const started = performance.now();
  if (milliseconds !== undefined) run.isOver = () => performance.now() - started >= milliseconds;
  stayAwake(run);
  await Promise.all(Array.from({ length: connections }, () => converse(run)));
  return { answered: run.answered, seconds: (performance.now() - started) / 1000 };
}

/**
 * Polls instead of sleeping. A sleeping generator has to be woken by the server at every answer, and the slower the server the more often:
 * that would count as CPU time of the guard under test.
 */
function stayAwake(run) {
  if (!run.isOver()) setImmediate(stayAwake, run);
}

/** One connection: the next request when the last is answered. */
function converse(run) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: run.port, host: '127.0.0.1', noDelay: true });
    let missing = 0;
    const send = () => (run.isOver() ? socket.end() : socket.write(requests[run.next++ % requests.length]));
    socket.on('connect', send);
    socket.on('data', (chunk) => {
      missing = missing > 0 ? missing - chunk.length : bytesMissing(chunk);
      if (missing > 0) return;
      if (missing < 0) return socket.destroy(new Error('an answer of the bench is no 200, or longer than it says'));
      run.answered++;
      send();
    });
    socket.on('error', reject);
    socket.on('close', resolve);
  });
}

/** How much of an answer is still to come after its first chunk, which holds its head. Negative if it is no good. */
function bytesMissing(chunk) {
  const head = chunk.latin1Slice(0, chunk.length);
  const end = head.indexOf('\r\n\r\n') + 4;
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head);
  return !head.startsWith('HTTP/1.1 200') || end < 4 || !length ? -1 : end + Number(length[1]) - chunk.length;
}
