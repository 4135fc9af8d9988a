import { EventEmitter } from 'node:events';
import { closeWhenIdle } from '../../runtime/apiserver/http/idle-session';
import { FakeClock } from '../../runtime/util/fake-clock';

class FakeSession extends EventEmitter {
  destroyed = false;

  open(): EventEmitter {
    const stream = new EventEmitter();
    this.emit('stream', stream);
    return stream;
  }

  close(): void {
    this.destroyed = true;
  }
}

it('a connection is closed when it has been without a request for a while', async () => {
  const clock = new FakeClock();
  const session = new FakeSession();
  closeWhenIdle(session, clock);
  await clock.advance(89_000);
  const [watch, get] = [session.open(), session.open()];
  await clock.advance(200_000);
  get.emit('close');
  await clock.advance(200_000);
  watch.emit('close');
  await clock.advance(89_000);
  expect(session.destroyed).toBe(false);
  await clock.advance(1_000);
  expect(session.destroyed).toBe(true);
});

it('a connection that is gone leaves no timer', () => {
  const clock = new FakeClock();
  const forget = closeWhenIdle(new FakeSession(), clock);
  expect(clock.waiting).toBe(1);
  forget();
  expect(clock.waiting).toBe(0);
});
