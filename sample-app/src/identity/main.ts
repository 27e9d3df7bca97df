import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { announce } from '../announce.js';
import { createProvider } from './create-provider.js';
import { endSessions, endsSessions } from './end-sessions.js';
import { loginPage } from './login-page.js';
import { Logins } from './logins.js';

// The issuer's URL contains the port, so the server must listen first.
const server = createServer().listen(Number(process.env['PORT'] ?? 0), '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const logins = new Logins();
const provider = createProvider(issuer, logins);
const handle = provider.callback();

// The walk-through simulates an outage with the messages `down` and `up`.
let isDown = false;
process.on('message', (message) => {
  isDown = message === 'down';
  process.send?.(message);
});

server.on('request', (request, response) => {
  if (isDown) {
    response.writeHead(503).end('Down.\n');
    return;
  }
  if (endsSessions(request)) {
    endSessions(provider, logins, request, response).catch(() => response.writeHead(400).end());
    return;
  }
  if (request.url?.startsWith('/login/') !== true) {
    handle(request, response);
    return;
  }
  loginPage(provider, request, response).catch(() => {
    if (!response.headersSent) response.writeHead(400).end('This browser has no login in progress.\n');
  });
});

announce(issuer);
