import { connect, type TLSSocket } from 'node:tls';

const headEnd = Buffer.from('\r\n\r\n');

/** How clients show who they are. */
export interface Identity {
  ca: string;
  cert: string;
  key: string;
}

export interface Answer {
  code: number;
  body: Buffer;
}

/** One connection that is kept and has one request at a time: HTTP/1.1 by hand, so that the load costs little itself. */
export class Connection {
  private received: Buffer[] = [];
  private size = 0;
  /** Bytes of the whole answer, once its head is there. */
  private expected = 0;
  private bodyStart = 0;
  private code = 0;
  private resolve: (answer: Answer) => void = () => {};
  private reject: (error: Error) => void = () => {};

  private constructor(private readonly socket: TLSSocket) {
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', (error) => this.reject(error));
    socket.on('close', () => this.reject(new Error('the server closed the connection')));
  }

  static async open(port: number, { ca, cert, key }: Identity): Promise<Connection> {
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca,
      cert,
      key,
      servername: 'localhost',
      ALPNProtocols: ['http/1.1'],
    });
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    socket.setNoDelay(true);
    return new Connection(socket);
  }

  /** Sends a request as it stands and gives its answer, which must say how long it is. */
  send(request: Uint8Array): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      this.socket.write(request);
    });
  }

  close(): void {
    this.reject = () => {};
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.received.push(chunk);
    this.size += chunk.length;
    if (this.expected === 0) this.readHead();
    if (this.expected === 0 || this.size < this.expected) return;
    const whole = this.received.length === 1 ? (this.received[0] as Buffer) : Buffer.concat(this.received);
    this.received = [];
    this.size = 0;
    this.expected = 0;
    this.resolve({ code: this.code, body: whole.subarray(this.bodyStart) });
  }

  private readHead(): void {
    const so = this.received.length === 1 ? (this.received[0] as Buffer) : Buffer.concat(this.received);
    const end = so.indexOf(headEnd);
    if (end < 0) return;
    const head = so.toString('latin1', 0, end);
    this.code = Number(head.slice(9, 12));
    this.bodyStart = end + headEnd.length;
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (length === undefined) this.reject(new Error(`an answer without a length: ${head}`));
    else this.expected = this.bodyStart + Number(length);
  }
}

/** A request's bytes. */
export function requestBytes(method: string, path: string, body?: string): Buffer {
  const content =
    body === undefined ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n${content}\r\n${body ?? ''}`,
  );
}
