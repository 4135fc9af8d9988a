// What a pod of the network tests runs: `serve NAME PORT HOST` answers each TCP connection and UDP packet with its name and
// the client's address; `ask PROTOCOL HOST PORT COUNT` collects answers as JSON, one for each of COUNT new flows.
const net = require('node:net');
const dgram = require('node:dgram');

const [command, ...args] = process.argv.slice(2);

function serve(name, port, host) {
  net
    .createServer({ allowHalfOpen: true }, (socket) => {
      let received = 0;
      socket.on('error', () => {});
      socket.write(`${name} ${socket.remoteAddress}\n`);
      socket.on('data', (data) => {
        received += data.length;
      });
      socket.on('end', () => socket.end(`${name} ${received}\n`));
    })
    .listen(port, host, () => console.log('listening'));
  const udp = dgram.createSocket('udp4');
  udp.on('message', (_, peer) => udp.send(`${name} ${peer.address}\n`, peer.port, peer.address));
  udp.bind(port, host);
}

function askTcp(host, port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 1500 });
    socket.on('data', (data) => {
      resolve(data.toString().trim());
      socket.destroy();
    });
    socket.on('error', (error) => resolve(error.code));
    socket.on('timeout', () => {
      resolve('TIMEOUT');
      socket.destroy();
    });
  });
}

/** Sends half a megabyte at once, or a thousand bytes within a second; the answer says how much of it arrived. */
function send(host, port, slowly) {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: 3000 });
    let text = '';
    if (slowly) {
      for (let i = 1; i <= 9; i++) setTimeout(() => socket.write(Buffer.alloc(100)), i * 100);
      setTimeout(() => socket.end(Buffer.alloc(100)), 1000);
    } else {
      socket.end(Buffer.alloc(500_000));
    }
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('end', () => resolve(text.trim().split('\n')[1]));
    socket.on('error', (error) => resolve(error.code));
    socket.on('timeout', () => {
      resolve('TIMEOUT');
      socket.destroy();
    });
  });
}

function askUdp(host, port) {
  return new Promise((resolve) => {
    const socket = dgram.createSocket('udp4');
    const timer = setTimeout(() => done('TIMEOUT'), 1500);
    const done = (answer) => {
      clearTimeout(timer);
      resolve(answer);
      socket.close();
    };
    socket.on('message', (data) => done(data.toString().trim()));
    socket.on('error', (error) => done(error.code));
    socket.connect(port, host, () => socket.send('x'));
  });
}

async function main() {
  if (command === 'serve') return serve(args[0], Number(args[1]), args[2]);
  const [protocol, host, port, count] = args;
  const ask = { udp: askUdp, tcp: askTcp, bulk: send, slow: (host, port) => send(host, port, true) }[protocol];
  const answers = [];
  for (let i = 0; i < Number(count); i++) answers.push(await ask(host, Number(port)));
  console.log(JSON.stringify(answers));
}

main();
