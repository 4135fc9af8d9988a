import { OpenWatches } from '../../runtime/apiserver/http/open-watches';
import { FakeClock } from '../../runtime/util/fake-clock';
import { Shares } from '../../runtime/util/shares';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Watches on a clock of their own, and senders that take so many milliseconds. */
function setUp() {
  const clock = new FakeClock();
  let spent = 0;
  const slowed = { monotonic: () => clock.monotonic() + spent, after: clock.after.bind(clock) };
  const watches = new OpenWatches(slowed, new Shares(1, 1), 0);
  const sent: string[] = [];
  const sender = (name: string, takesMs = 0) => ({
    flush() {
      sent.push(name);
      spent += takesMs;
    },
  });
  return { clock, watches, sent, sender };
}

describe('OpenWatches', () => {
  test('sends at the end of the turn, to all at once', async () => {
    const { watches, sent, sender } = setUp();
    watches.flushSoon(sender('a'));
    watches.flushSoon(sender('b'));
    expect(sent).toEqual([]);
    await turn();
    expect(sent).toEqual(['a', 'b']);
  });

  test('rests after sending for as long as that took', async () => {
    const { clock, watches, sent, sender } = setUp();
    watches.flushSoon(sender('slow', 5));
    await turn();
    watches.flushSoon(sender('next'));
    await turn();
    await clock.advance(4);
    expect(sent).toEqual(['slow']);
    await clock.advance(1);
    expect(sent).toEqual(['slow', 'next']);
  });

  test('rests for 8 ms at most, however long sending took', async () => {
    const { clock, watches, sent, sender } = setUp();
    watches.flushSoon(sender('slow', 500));
    await turn();
    watches.flushSoon(sender('next'));
    await clock.advance(8);
    expect(sent).toEqual(['slow', 'next']);
  });

  test('does not rest once that time has passed with nothing to send', async () => {
    const { clock, watches, sent, sender } = setUp();
    watches.flushSoon(sender('slow', 5));
    await turn();
    await clock.advance(5);
    watches.flushSoon(sender('next'));
    await turn();
    expect(sent).toEqual(['slow', 'next']);
  });

  test('ends all that are still open', () => {
    const { watches } = setUp();
    const ended: string[] = [];
    watches.add(() => ended.push('a'));
    const forget = watches.add(() => ended.push('b'));
    forget();
    watches.endAll();
    expect(ended).toEqual(['a']);
  });
});
