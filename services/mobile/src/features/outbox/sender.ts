import type { CaseBody } from '@/api/client';
import { ownPause, passes, Refused, SignedOut } from '@/api/problems';
import { chooseWay, submit, type Submission, type Way } from '@/api/submit';
import { signal, type Signal } from '@/lib/signal';
import type { Box, Entry } from './entry';

/**
 * How things stand. `loaded`: it is known what waits for whoever is signed in. `nextAt`: when the next try is due, in
 * milliseconds since 1970; null where none is planned.
 */
export type OutboxState = { loaded: boolean; entries: Entry[]; sending: string | null; nextAt: number | null };

export type Post = {
  chooseWay: (submission: Submission, signal?: AbortSignal) => Promise<Way>;
  submit: (submission: Submission, way: Way, signal?: AbortSignal) => Promise<CaseBody>;
};

const SERVER: Post = { chooseWay, submit };
const EMPTY: OutboxState = { loaded: false, entries: [], sending: null, nextAt: null };

/** Sends what waits, one photo after the other, until each is accepted or refused for good. */
export class Sender {
  readonly state: Signal<OutboxState> = signal(EMPTY);
  /** The cases that photos became while the app runs, by key: who watched a photo goes on with its case. */
  readonly accepted: Signal<Record<string, CaseBody>> = signal({});
  private timer: ReturnType<typeof setTimeout> | undefined;
  private working: Promise<void> | null = null;
  private again = false;
  private tries = 0;

  constructor(
    private readonly box: Box,
    private readonly owner: () => string | null,
    private readonly post: Post = SERVER,
  ) {}

  async add(entry: Entry, photo: { uri: string; blob?: Blob }): Promise<void> {
    await this.box.add(entry, photo);
    await this.reload();
    this.wake();
  }

  /** Takes a photo back that was not accepted yet. */
  async discard(key: string): Promise<void> {
    await this.box.remove(key);
    await this.reload();
  }

  async clear(owner: string): Promise<void> {
    const entries = await this.box.list();
    await Promise.all(entries.filter((entry) => entry.owner === owner).map((entry) => this.box.remove(entry.key)));
    await this.reload();
  }

  async reload(): Promise<void> {
    const owner = this.owner();
    const entries = owner === null ? [] : (await this.box.list()).filter((entry) => entry.owner === owner);
    this.state.set({ ...this.state.get(), loaded: owner !== null, entries });
  }

  /** Tries now, whatever was planned; a round that is under way is followed by another. */
  wake(): void {
    void this.round();
  }

  /** As `wake`; resolves when nothing more can be sent now. */
  round(): Promise<void> {
    clearTimeout(this.timer);
    this.again = true;
    this.working ??= this.work().finally(() => {
      this.working = null;
      if (this.again) this.wake(); // asked for just as the last round ended
    });
    return this.working;
  }

  private async work(): Promise<void> {
    while (this.again) {
      this.again = false;
      await this.reload();
      await this.sendAll();
    }
  }

  private async sendAll(): Promise<void> {
    this.plan(null);
    for (const entry of this.state.get().entries) {
      if (entry.refusal) continue;
      const pauseMs = await this.sendOne(entry);
      if (pauseMs === 'stop') return;
      if (pauseMs !== null) return this.plan(pauseMs);
    }
  }

  /** Null when the entry is done with, else for how long to leave the server alone. */
  private async sendOne(entry: Entry): Promise<number | null | 'stop'> {
    this.state.set({ ...this.state.get(), sending: entry.key });
    try {
      const body = await this.deliver(entry);
      this.tries = 0;
      this.accepted.set({ ...this.accepted.get(), [entry.key]: body });
      await this.box.remove(entry.key);
      return null;
    } catch (error) {
      return await this.setBack(entry, error);
    } finally {
      this.state.set({ ...this.state.get(), sending: null });
      await this.reload();
    }
  }

  private async deliver(entry: Entry): Promise<CaseBody> {
    const photo = await this.box.photo(entry.key);
    const submission: Submission = { key: entry.key, photo, type: entry.type, metadata: entry.metadata };
    let { way } = entry;
    if (!way) {
      way = await this.post.chooseWay(submission);
      await this.box.update({ ...entry, way });
    }
    return this.post.submit(submission, way);
  }

  private async setBack(entry: Entry, error: unknown): Promise<number | null | 'stop'> {
    if (error instanceof SignedOut) return 'stop';
    if (passes(error)) {
      this.tries += 1;
      return (error instanceof Refused ? error.retryAfterMs : null) ?? ownPause(this.tries);
    }
    if (error instanceof Refused && UPLOAD_LOST.has(error.code)) {
      // What was uploaded is not there any more. Nothing was accepted, so the photo is sent anew.
      await this.box.update({ ...entry, way: { kind: 'multipart' } });
      return 0;
    }
    await this.box.update({ ...entry, refusal: refusalOf(error) });
    return null;
  }

  private plan(pauseMs: number | null): void {
    this.state.set({ ...this.state.get(), nextAt: pauseMs === null ? null : Date.now() + pauseMs });
    if (pauseMs !== null) this.timer = setTimeout(() => this.wake(), pauseMs);
  }
}

const UPLOAD_LOST = new Set(['upload_missing', 'upload_changed']);

/** What is shown beside a photo that cannot be sent: the server's no, or that the device cannot read it any more. */
function refusalOf(error: unknown): Entry['refusal'] {
  if (error instanceof Refused) return { code: error.code, detail: error.message, requestId: error.requestId };
  return { code: 'unreadable', detail: error instanceof Error ? error.message : String(error), requestId: '' };
}
