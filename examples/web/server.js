// A small web app: a page with a greeting and the pod that answered, and an endpoint for probes.
const { createServer } = require('node:http');
const { readFileSync } = require('node:fs');
const { hostname } = require('node:os');

const greetingFile = process.env.GREETING_FILE ?? '/etc/web/greeting';
const port = Number(process.env.PORT ?? 8080);
let visits = 0;
let stopping = false;
let healthy = true;

const server = createServer((request, response) => {
  // While stopping, every answer asks its client to connect anew, so that nobody talks to a pod that goes.
  if (stopping) response.setHeader('Connection', 'close');
  if (request.url === '/healthz') {
    // Nothing answers once /hang was called: what a deadlocked app looks like to its probes.
    if (healthy) response.end('ok\n');
    return;
  }
  if (request.url === '/hang' && request.method === 'POST') {
    healthy = false;
    response.end('hanging\n');
    return;
  }
  if (request.url !== '/') {
    response.writeHead(404).end('not found\n');
    return;
  }
  visits += 1;
  response.setHeader('Content-Type', 'application/json');
  response.end(`${JSON.stringify({ greeting: greeting(), pod: hostname(), visits })}\n`);
});

function greeting() {
  try {
    return readFileSync(greetingFile, 'utf8').trim();
  } catch {
    return 'Hello';
  }
}

process.on('SIGTERM', () => {
  stopping = true;
  server.close(() => process.exit(0));
  // Idle connections are closed as soon as their last answer has asked for it, or after a moment's silence.
  setTimeout(() => server.closeIdleConnections(), 2000).unref();
});

server.keepAliveTimeout = 30_000;
server.listen(port, () => console.log(`listening on ${port}`));
