import type { Message } from "../../../api/messages.ts";

/** What can be asked for about a message; the conversation answers it. */
export interface MessageActions {
  /** Opens the menu of a message beside an element. */
  menu(message: Message, anchor: HTMLElement): void;
  reply(message: Message): void;
  react(message: Message, emoji: string, on: boolean): void;
  jump(id: string): void;
  versions(message: Message): void;
  /** Sends a failed message once more; `anyway` by whatever label the connection has now. */
  again(message: Message, anyway: boolean): void;
  discard(message: Message): void;
}
