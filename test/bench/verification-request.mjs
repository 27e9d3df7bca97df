// Requests for measurements without a server.
import { Buffer } from 'node:buffer';

/** Returns a copy of a string, as a server creates one for each header: a used string would carry its hash. */
export function fresh(text) {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** Returns a request with these headers. */
export function requestWith(headers) {
  const read = Object.entries(headers).map(([name, value]) => [name, fresh(value)]);
  const rawHeaders = ['Host', '127.0.0.1:3000', 'Accept', '*/*', ...read.flat(), 'Connection', 'keep-alive'];
  const lowered = Object.fromEntries(read.map(([name, value]) => [name.toLowerCase(), value]));
  return { method: 'GET', url: '/orders', originalUrl: '/orders', headers: lowered, rawHeaders };
}

/** Returns a request with a bearer token. */
export function bearing(token) {
  return requestWith({ Authorization: `Bearer ${token}` });
}
