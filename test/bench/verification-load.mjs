// Sends requests over keep-alive connections, one at a time on each: `node verification-load.mjs`. The parent sends the port and the duration.
// Uses raw sockets and prepared requests, so that it needs less CPU time than the server.
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

/** Sends requests for the given time, or every request once if no time is given. */
async function load({ port, connections, milliseconds }) {
  const run = { port, next: 0, answered: 0, isOver: () => run.next >= requests.length };
  const started = performance.now();
  if (milliseconds !== undefined) run.isOver = () => performance.now() - started >= milliseconds;
  stayAwake(run);
  await Promise.all(Array.from({ length: connections }, () => converse(run)));
  return { answered: run.answered, seconds: (performance.now() - started) / 1000 };
}

/**
 * Polls instead of sleeping. The server would have to wake a sleeping generator with every response, and a slower server more often:
 * that would count as CPU time of the measured guard.
 */
function stayAwake(run) {
  if (!run.isOver()) setImmediate(stayAwake, run);
}

/** Runs one connection: sends the next request after each response. */
function converse(run) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: run.port, host: '127.0.0.1', noDelay: true });
    let missing = 0;
    const send = () => (run.isOver() ? socket.end() : socket.write(requests[run.next++ % requests.length]));
    socket.on('connect', send);
    socket.on('data', (chunk) => {
      missing = missing > 0 ? missing - chunk.length : bytesMissing(chunk);
      if (missing > 0) return;
      if (missing < 0)
        return socket.destroy(new Error('a response of the bench is not a 200, or longer than its content-length'));
      run.answered++;
      send();
    });
    socket.on('error', reject);
    socket.on('close', resolve);
  });
}

/** Returns the number of bytes missing after the first chunk, which contains the head. Negative for an unexpected response. */
function bytesMissing(chunk) {
  const head = chunk.latin1Slice(0, chunk.length);
  const end = head.indexOf('\r\n\r\n') + 4;
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head);
  return !head.startsWith('HTTP/1.1 200') || end < 4 || !length ? -1 : end + Number(length[1]) - chunk.length;
}
