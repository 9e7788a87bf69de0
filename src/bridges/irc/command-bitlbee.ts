import type { CommandAnswer } from "../contract/index.ts";
import { type Bitlbee, quoted } from "./bitlbee.ts";
import { type Given, type Run, usage, word } from "./command-kit.ts";

type WithBitlbee = (given: Given, bitlbee: Bitlbee) => Promise<CommandAnswer>;

const on = (run: WithBitlbee): Run => {
  return async (given, { bitlbee }) => {
    if (!bitlbee) throw usage("Only an account of the kind bitlbee can do this.");
    return run(given, bitlbee);
  };
};

export const accounts = on(async (_given, bitlbee) => {
  const found = await bitlbee.accounts();
  const rows = found.map((account) => ({ ...account }));
  const text = found.map(({ tag, protocol, name, state }) => `${tag}: ${name} (${protocol}), ${state}`).join("\n");
  return { text: text || "BitlBee has no accounts yet; /account-add makes one.", rows };
});

/** The password is a word of its own, so that it may stand in a file. */
export const accountAdd = on(async ({ words }, bitlbee) => {
  const protocol = word(words[0], "the protocol, the name and the password, e.g. /account-add jabber me@example.org password");
  const name = word(words[1], "the name of the account");
  const password = rest(words.slice(2).join(" "), "the password of the account");
  return said(await bitlbee.command(`account add ${quoted(protocol)} ${quoted(name)} ${quoted(password)}`), /success/i);
});

export const accountDelete = on(async ({ words }, bitlbee) => {
  bitlbee.forgive();
  return said(await bitlbee.command(`account ${quoted(word(words[0], "which account"))} del`), /deleted/i);
});

export const accountOn = on(async ({ words }, bitlbee) =>
  said(await bitlbee.command(`account ${words[0] === undefined ? "" : `${quoted(words[0])} `}on`)),
);

export const accountOff = on(async ({ words }, bitlbee) => {
  bitlbee.forgive();
  return said(await bitlbee.command(`account ${words[0] === undefined ? "" : `${quoted(words[0])} `}off`));
});

export const accountSet = on(async ({ words }, bitlbee) => {
  const tag = quoted(word(words[0], "which account"));
  const setting = words[1] === undefined ? "" : ` ${word(words[1], "which setting")}`;
  const value = words.length > 2 ? ` ${quoted(words.slice(2).join(" "))}` : "";
  return said(await bitlbee.command(`account ${tag} set${setting}${value}`));
});

export const contacts = on(async (_given, bitlbee) => {
  const lines = await bitlbee.command("blist all");
  const rows = lines.flatMap((line) => {
    const [nick, handle, status] = line.trim().split(/\s{2,}/);
    return nick === undefined || handle === undefined || status === undefined || nick === "Nick" ? [] : [{ nick, handle, status }];
  });
  return { text: rows.map(({ nick, handle, status }) => `${nick}: ${handle}, ${status}`).join("\n") || "No contacts.", rows };
});

export const contactAdd = on(async ({ words }, bitlbee) => {
  const tag = quoted(word(words[0], "the account and the contact, e.g. /contact-add jabber bob@example.org"));
  return said(await bitlbee.command(`add ${tag} ${quoted(word(words[1], "the contact"))}`));
});

export const roomAdd = on(async ({ words }, bitlbee) => {
  const tag = quoted(word(words[0], "the account and the room, e.g. /room-add jabber room@conference.example.org"));
  const more = words
    .slice(2)
    .map((one) => ` ${quoted(one)}`)
    .join("");
  return said(await bitlbee.command(`chat add ${tag} ${quoted(word(words[1], "the room"))}${more}`));
});

/** Whatever else BitlBee can do, in its own words. */
export const control = on(async ({ text }, bitlbee) => said(await bitlbee.command(rest(text, "a command of BitlBee"))));

function rest(text: string, what: string): string {
  if (text === "") throw usage(`Say ${what}.`);
  return text;
}

function said(lines: readonly string[], success?: RegExp): CommandAnswer {
  const text = lines.join("\n");
  if (success && !success.test(text)) throw usage(`BitlBee refuses: ${text.slice(0, 300) || "it did not answer"}`);
  return { text: text || "Done." };
}
