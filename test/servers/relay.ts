import { request as httpRequest } from 'node:http';
import type { Answer } from './loopback-server.js';

/** Forwards requests to another server. */
export const relayTo =
  (url: string): Answer =>
  (request, response) => {
    const { method = 'GET', headers } = request;
    const onward = httpRequest(url + (request.url ?? ''), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  };
