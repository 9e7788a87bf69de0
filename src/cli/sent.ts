import { HomeportError } from "../api/errors.ts";
import type { Result } from "../api/methods.ts";
import type { Session } from "./session.ts";

/**
 * Waits until what was sent is delivered, in doubt or failed. What became of it is printed in every case, also when the time
 * is up: the id must not get lost, or it is sent twice. Throws where it failed or is in doubt.
 */
export async function settle(session: Session, sent: Result<"send">): Promise<void> {
  const ended = await session.call("message.wait", { id: sent.id }).catch(async (error: unknown) => {
    await session.answer(sent, sentText);
    throw error;
  });
  await session.answer({ id: ended.id, state: ended.state }, sentText);
  if (ended.state === "failed") throw new HomeportError(ended.code ?? "failed", ended.reason ?? "The message was not sent.");
  if (ended.state === "in-doubt")
    throw new HomeportError("in-doubt", ended.reason ?? "The message may not have been delivered; decide with `homeport outbox`.");
}

export const sentText = ({ id, state }: Result<"send">): string => `${id}  ${state}`;
