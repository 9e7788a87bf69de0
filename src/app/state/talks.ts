import type { Client } from "../../api/client.ts";
import type { Message } from "../../api/messages.ts";
import { Observable } from "./observable.ts";
import { append, change, EMPTY, prepend, put, replace, type Timeline, trimEnd, trimStart } from "./timeline.ts";

const PAGE = 50;
/** Conversations of which the loaded part is kept while others are read. */
const MOST_KEPT = 8;

type Attempt = <T>(run: () => Promise<T>) => Promise<T | undefined>;

/** Where a conversation is to be opened. */
export type Place = { at: "newest" } | { at: "unread" } | { at: "message"; id: string } | { at: "time"; time: number };

/** The loaded parts of conversations, over one connection to a device. */
export class Talks {
  readonly #client: Client;
  readonly #attempt: Attempt;
  readonly #timelines = new Map<string, Observable<Timeline>>();
  #rounds = 0;

  constructor(client: Client, attempt: Attempt) {
    this.#client = client;
    this.#attempt = attempt;
  }

  of(conversation: string): Observable<Timeline> {
    let timeline = this.#timelines.get(conversation);
    if (timeline) this.#timelines.delete(conversation);
    else timeline = new Observable(EMPTY);
    // The one that is asked for is the last to go.
    this.#timelines.set(conversation, timeline);
    if (this.#timelines.size > MOST_KEPT) this.#timelines.delete(this.#timelines.keys().next().value as string);
    return timeline;
  }

  /** Loads the part of a conversation around a place, and leads the view there. */
  async open(conversation: string, place: Place): Promise<void> {
    const timeline = this.of(conversation);
    if (place.at === "message" && timeline.get().messages.some(({ id }) => id === place.id)) return this.#lead(timeline, place.id, true);
    timeline.update((value) => ({ ...value, loading: true }));
    const page = await this.#attempt(() => this.#client.call("read", { conversation, limit: PAGE, ...paramsOf(place) }));
    if (!page) return timeline.update((value) => ({ ...value, loading: false }));
    timeline.update((value) => replace(value, page));
    const unreadFrom = place.at === "unread" ? (page.place ?? undefined) : timeline.get().unreadFrom;
    timeline.update((value) => ({ ...value, unreadFrom }));
    if (page.place !== null) this.#lead(timeline, page.place, place.at !== "unread");
    return undefined;
  }

  /** Loads the messages before the oldest that is there. */
  async older(conversation: string): Promise<void> {
    const timeline = this.of(conversation);
    const { loading, more, messages } = timeline.get();
    if (loading || !more) return;
    timeline.update((value) => ({ ...trimEnd(value), loading: true }));
    const before = messages[0]?.id;
    const page = await this.#attempt(() =>
      this.#client.call("read", { conversation, limit: PAGE, ...(before === undefined ? {} : { before }) }),
    );
    timeline.update((value) => (page ? prepend(value, page.messages, page.more) : { ...value, loading: false }));
  }

  /** Loads the messages after the newest that is there. */
  async later(conversation: string): Promise<void> {
    const timeline = this.of(conversation);
    const { loading, newer } = timeline.get();
    if (loading || !newer) return;
    timeline.update((value) => ({ ...trimStart(value), loading: true }));
    const after = timeline.get().messages.at(-1)?.id;
    const page = await this.#attempt(() =>
      this.#client.call("read", { conversation, limit: PAGE, ...(after === undefined ? {} : { after }) }),
    );
    timeline.update((value) => (page ? append(value, page.messages, page.newer) : { ...value, loading: false }));
  }

  /** The person has seen the divider. */
  forgetUnread(conversation: string): void {
    this.of(conversation).update((value) => (value.unreadFrom === undefined ? value : { ...value, unreadFrom: undefined }));
  }

  /** The person said something: that is at the end. */
  said(conversation: string): void {
    if (this.of(conversation).get().newer) void this.open(conversation, { at: "newest" });
  }

  heard(message: Message): void {
    this.#timelines.get(message.conversation)?.update((timeline) => put(timeline, message));
  }

  changed(id: string, changes: Partial<Message>): void {
    for (const timeline of this.#timelines.values()) timeline.update((value) => change(value, id, changes));
  }

  forget(conversation: string): void {
    this.#timelines.get(conversation)?.set({ ...EMPTY, more: false });
  }

  #lead(timeline: Observable<Timeline>, id: string, mark: boolean): void {
    this.#rounds += 1;
    const goal = { id, mark, round: this.#rounds };
    timeline.update((value) => ({ ...value, goal }));
  }
}

function paramsOf(place: Place): { unread?: true; around?: string; at?: number } {
  switch (place.at) {
    case "newest":
      return {};
    case "unread":
      return { unread: true };
    case "message":
      return { around: place.id };
    case "time":
      return { at: place.time };
  }
}
