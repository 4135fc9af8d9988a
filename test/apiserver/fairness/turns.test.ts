import { Turns } from '../../../runtime/apiserver/fairness/turns';

let rounds: Array<() => void>;
let turns: Turns;
let begun: string[];

beforeEach(() => {
  rounds = [];
  begun = [];
  turns = new Turns((fn) => rounds.push(fn));
});

function ask(flow: string, seats = 1): void {
  const turn = turns.wait(flow, seats);
  if (!turn) begun.push(flow);
  else void turn.then(() => begun.push(flow));
}

async function round(): Promise<string[]> {
  const before = begun.length;
  rounds.shift()?.();
  await Promise.resolve();
  await Promise.resolve();
  return begun.slice(before);
}

it('what comes while there is room begins at once', async () => {
  for (let i = 0; i < 16; i++) ask('ann');
  expect(begun).toHaveLength(16);
  ask('ann');
  expect(begun).toHaveLength(16);
  expect(await round()).toEqual(['ann']);
});

it('rests when nobody asks', async () => {
  ask('ann');
  while (rounds.length > 0) await round();
  expect(begun).toEqual(['ann']);
});

it('a client with a thousand requests delays a heartbeat by one round, whatever rights it has', async () => {
  for (let i = 0; i < 1000; i++) ask('loop');
  await round();
  ask('heartbeat');
  expect(await round()).toContain('heartbeat');
  while (rounds.length > 0) await round();
  expect(begun.filter((flow) => flow === 'loop')).toHaveLength(1000);
});

it('long lists leave room for little else in a round, and a heartbeat is still in the next', async () => {
  for (let i = 0; i < 100; i++) ask('lists', 10);
  expect(begun).toEqual(['lists', 'lists']);
  ask('heartbeat');
  expect(await round()).toEqual(['lists', 'heartbeat', 'lists']);
});

it('every flow has its turn before any has its second', async () => {
  for (let i = 0; i < 16; i++) ask('first');
  for (const flow of ['a', 'a', 'b', 'b', 'c', 'c']) ask(flow);
  expect(await round()).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
});

it('beyond a bound a flow is refused, and only it', () => {
  for (let i = 0; i < 16 + 4096; i++) ask('loop');
  expect(() => turns.wait('loop', 1)).toThrow('Too many requests, please try again later.');
  expect(turns.wait('ann', 1)).toBeInstanceOf(Promise);
});
