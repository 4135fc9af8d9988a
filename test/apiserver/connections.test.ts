import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { TestServer } from './harness';

const settings = 4;
const ping = 6;
const goAway = 7;

function frame(type: number, flags: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  return Buffer.concat([head, payload]);
}

/** Speaks just enough HTTP/2 to be kept: acknowledges settings and pings. Tells of each ping. */
function speakHttp2(socket: TLSSocket, onPing: () => void): void {
  let rest = Buffer.alloc(0);
  socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(settings, 0)]));
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const end = 9 + rest.readUIntBE(0, 3);
      const [type, flags, payload] = [rest[3], rest[4], rest.subarray(9, end)];
      rest = rest.subarray(end);
      if (flags === 1) continue;
      if (type === settings) socket.write(frame(settings, 1));
      if (type === ping) socket.write(frame(ping, 1, payload), onPing);
    }
  });
}

test('a client that says goodbye and then keeps its socket open does no harm', async () => {
  const server = await TestServer.start();
  const { port, ca, admin } = server;
  // The types of tls.connect lack allowHalfOpen, which it takes.
  const options = { port, host: '127.0.0.1', ca: ca.cert, ALPNProtocols: ['h2'], allowHalfOpen: true, ...admin };
  const socket = connect(options);
  await once(socket, 'secureConnect');
  await new Promise<void>((resolve) => speakHttp2(socket, resolve));
  socket.write(frame(goAway, 0, Buffer.alloc(8)));
  await once(socket, 'end');
  // The time of the next ping: the session is over, its socket is not.
  await server.clock.advance(10_000);
  expect((await server.get('/livez')).text).toBe('ok');
  socket.destroy();
  await server.stop();
});
