/** A server process of the benchmark: the API over a durable store, or the least that an HTTPS server can be. */

import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { ApiServer } from '../../runtime/apiserver/api-server';
import { limitsOf } from '../../runtime/apiserver/http/limits';
import { InformerFactory } from '../../runtime/client/informer-factory';
import { startControllers } from '../../runtime/controllers';
import { kinds } from '../../runtime/kube/kinds';
import { serviceAccounts } from '../../runtime/kube/resource';
import { namespaceDefaults, namespaceNames } from '../../runtime/kube/well-known';
import { LmdbStore } from '../../runtime/store/lmdb/lmdb-store';
import { systemClock } from '../../runtime/util/clock';
import { silentLogger } from '../../runtime/util/logger';
import { processLimits } from '../../runtime/util/process-limits';
import type { Order, Question, Reading } from './messages';

async function serveApi(order: Extract<Order, { server: 'orlop' }>): Promise<number> {
  const store = LmdbStore.open(order.directory);
  const api = await ApiServer.create({ store, kinds, ca: order.ca, limits: limitsOf(processLimits()) });
  const { port } = await api.listen(0, '127.0.0.1');
  const client = api.client('bench');
  if (order.controllers) {
    const options = { client, clock: systemClock, logger: silentLogger, random: Math.random };
    const informers = new InformerFactory(options);
    startControllers({ ...options, informers, caPem: order.ca.cert, served: api.served });
  } else {
    // Without it no pod is admitted.
    const metadata = { name: namespaceDefaults.serviceAccount, namespace: namespaceNames.default };
    await client.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  }
  return port;
}

/**
 * Sends what it was given, with the headers that the API sends: `PUT` of a path gives the body that `GET` answers with,
 * `POST` reads a body and answers with that of its path, `GET` of `/watch` stays open, and `POST` of `/watch` sends what
 * was `PUT` there to all who stay.
 */
function serveBare({ ca, serving }: Extract<Order, { server: 'bare' }>): Promise<number> {
  const bodies = new Map<string, Buffer>();
  const watchers = new Set<ServerResponse>();
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' };
  const tls = { ...serving, ca: ca.cert, requestCert: true, rejectUnauthorized: false };
  const server: Server = createServer(tls, (request, response) => {
    const path = request.url ?? '';
    const answer = (code: number, body: Buffer) => {
      response.writeHead(code, { ...headers, 'content-length': body.length });
      response.end(body);
    };
    if (request.method === 'GET') {
      if (path !== '/watch') return answer(200, bodies.get(path) ?? Buffer.alloc(0));
      response.writeHead(200, headers);
      response.flushHeaders();
      watchers.add(response);
      response.once('close', () => watchers.delete(response));
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = bodies.get(path) ?? Buffer.alloc(0);
      if (request.method === 'PUT') bodies.set(path, Buffer.concat(chunks));
      else if (path === '/watch') for (const watcher of watchers) watcher.write(body);
      answer(request.method === 'PUT' ? 200 : 201, body);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

process.on('message', (message: Order | Question) => {
  if ('read' in message) {
    if (message.read === 'memory') {
      global.gc?.();
      global.gc?.();
    }
    const { user, system } = process.cpuUsage();
    process.send?.({ rss: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 } satisfies Reading);
    return;
  }
  const started = message.server === 'orlop' ? serveApi(message) : serveBare(message);
  started.then(
    (port) => process.send?.({ port }),
    (error: Error) => {
      process.stderr.write(`${error.stack}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
