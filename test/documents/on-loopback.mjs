// Loaded before a program of a guide: its servers listen on 127.0.0.1 only, and the first URL is sent to the test.
import { Server } from 'node:net';

const { listen } = Server.prototype;
Server.prototype.listen = function (...args) {
  this.once('listening', () => {
    const address = this.address();
    if (typeof address === 'object') process.send?.({ url: `http://127.0.0.1:${address.port}` });
  });
  const [first, ...rest] = args;
  const callback = args.find((argument) => typeof argument === 'function');
  if (typeof first === 'object' && first.port !== undefined) return listen.call(this, { ...first, host: '127.0.0.1' }, ...rest);
  if (['number', 'string'].includes(typeof first) && !Number.isNaN(Number(first)))
    return listen.call(this, { port: Number(first), host: '127.0.0.1' }, ...(callback ? [callback] : []));
  return listen.apply(this, args);
};
