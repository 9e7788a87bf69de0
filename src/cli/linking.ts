import type { LinkEvent } from "../api/device.ts";
import { HomeportError } from "../api/errors.ts";
import type { Result } from "../api/methods.ts";
import { clean } from "./render/clean.ts";
import { qrText } from "./render/qr.ts";
import { timeText } from "./render/time.ts";
import type { Session } from "./session.ts";

/** Seconds: how long a link holds (K5). A person may take it; a script has the default of `--timeout`. */
export const LINK_LIFE = 600;

export interface LinkWishes {
  /** Lets the device in without asking whether the codes are the same. */
  yes: boolean;
  /** Shows the link as a QR code too. */
  qr: boolean;
  /** Seconds, where `--timeout` does not say. */
  fallback?: number;
}

/**
 * Runs `device.link` to its end and prints its events. At a terminal the person is asked whether the codes are the same;
 * throws `wrong-code` where the answer is no.
 */
export async function showLink(session: Session, { yes, qr, ...limit }: LinkWishes): Promise<Result<"device.link">> {
  const { terminal, signal } = session.shell;
  const over = new AbortController();
  const refused = new AbortController();
  const onEvent = async (event: LinkEvent) => {
    await session.line(event, (shown, colour) => eventText(shown, qr, colour));
    if (event.event !== "code" || yes) return;
    if (terminal.interactive) ask(session, event.code, over.signal, refused).catch((error: unknown) => refused.abort(error));
    else
      await session.note(`Compare the codes, and confirm on this computer with \`homeport device confirm ${clean(event.code, "line")}\`.`);
  };
  try {
    return await session.call("device.link", { yes }, { onEvent, signal: AbortSignal.any([signal, refused.signal]), ...limit });
  } finally {
    over.abort();
  }
}

/** Beside the call: the code may also be confirmed from another terminal, which takes the question back. */
async function ask(session: Session, code: string, over: AbortSignal, refused: AbortController): Promise<void> {
  const same = await session.shell.terminal.confirm(`Does the new device show ${clean(code, "line")}?`, over);
  if (over.aborted) return;
  if (!same)
    refused.abort(new HomeportError("wrong-code", "Nothing was linked; make another link if the codes should have been the same."));
  else await session.call("device.confirm", { code });
}

function eventText(event: LinkEvent, qr: boolean, colour: boolean): string {
  switch (event.event) {
    case "link":
      return [
        `On the new device, run before ${timeText(event.expires)}:`,
        "",
        `  homeport device join '${clean(event.link, "line")}'`,
        "",
        ...(qr ? [qrText(event.link.toUpperCase(), colour)] : []),
      ].join("\n");
    case "code":
      return `The new device has to show this code: ${clean(event.code, "line")}`;
    case "linked":
      return `Linked: ${clean(event.name, "line")} (${event.device})`;
  }
}
