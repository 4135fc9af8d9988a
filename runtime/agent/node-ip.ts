import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';

/**
 * The address by which this node reaches the server, and other nodes reach it; that of the route, whether or not the
 * server answers. A node that is the server itself gets its first address that is not a loopback.
 * @throws Error when there is none
 */
export async function findNodeIp(serverUrl: string): Promise<string> {
  const host = new URL(serverUrl).hostname;
  const routed = await localAddress(host).catch(() => undefined);
  if (routed && !routed.startsWith('127.')) return routed;
  const outside = Object.entries(networkInterfaces())
    .filter(([name]) => !/^(lo|docker|orlop|veth|br-)/.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal);
  if (outside) return outside.address;
  throw new Error(`no IPv4 address of this node leads to ${serverUrl}; set nodeIp in the agent's configuration`);
}

/** Of a UDP socket that is connected the kernel says the local address; nothing is sent. */
function localAddress(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.connect(9, host, () => {
      const { address } = socket.address();
      socket.close();
      resolve(address);
    });
  });
}
