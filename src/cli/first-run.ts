import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { HomeportError } from "../api/errors.ts";
import { makeProfile } from "./commands/init.ts";
import { LINK_LIFE, showLink } from "./linking.ts";
import { clean } from "./render/clean.ts";
import { wordsToFile, wordsToTerminal } from "./recovery-words.ts";
import type { Session } from "./session.ts";

const FILE_NOTE =
  "\nThese 24 words bring your Homeport account back when all devices are lost, and they outrank every device.\nWrite them down on paper, then delete this file.\n";

/** Makes a profile with the file vault where there is none. */
export async function firstProfile(session: Session, name: string | undefined): Promise<void> {
  const data = await session.data();
  if (await session.shell.node.hasProfile(data)) return;
  await mkdir(data, { recursive: true, mode: 0o700 });
  const file = join(data, "recovery-words.txt");
  const seen = await session.shell.terminal.canTell();
  await makeProfile(
    session,
    { name, vault: "file", "passphrase-file": undefined },
    seen ? await wordsToTerminal(session.shell.terminal) : wordsToFile(file, FILE_NOTE),
  );
  await session.note(`Made a new account in ${data}.`);
  if (!seen) await session.note(`Its 24 recovery words are in ${file}: write them down on paper, then delete the file.`);
}

/** What a person does next. A link that nobody used, or that failed, leaves the daemon running. */
export async function showFirstSteps(session: Session): Promise<void> {
  const { command } = session.shell;
  const where = folderOption(session);
  await session.note(
    `To bring a network in, run in another terminal:\n\n  ${command} bridge add irc --set host=irc.libera.chat port=6697 nick=YOUR_NICK --wait${where}\n  ${command} bridge open ACCOUNT '#channel'${where}\n`,
  );
  try {
    const devices = await session.call("device.list", {}, { fallback: LINK_LIFE });
    if (devices.filter(({ state }) => state !== "revoked").length > 1) return;
    await showLink(session, { yes: false, qr: true, fallback: LINK_LIFE });
  } catch (error) {
    if (session.shell.signal.aborted) return;
    await session.note(
      error instanceof HomeportError && error.code !== "timed-out"
        ? clean(error.message, "block")
        : `The link was not used in time; make another by \`${command} device link\`.`,
    );
  }
}

/** For commands that are shown to be copied into a terminal that may not have the same environment. */
function folderOption(session: Session): string {
  const named = session.dataOption ?? session.shell.env.HOMEPORT_DATA;
  return named ? ` --data '${named}'` : "";
}
