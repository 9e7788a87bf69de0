import type { Handlers } from "../../api/methods.ts";
import { KIND } from "../../sync/content/kinds.ts";
import { type IgnoredPerson, MAX_IGNORED } from "../../sync/content/own.ts";
import { HomeportError } from "../../sync/errors.ts";
import type { HandlerContext } from "../context.ts";
import { attentionOf } from "../views/attention.ts";
import { bridgeAccount } from "../views/newest.ts";

/** What the person is told of, and of whom not: the same on all own devices. */
export function attentionHandlers({ device }: HandlerContext): Pick<Handlers, "highlights" | "ignore.list" | "ignore.set"> {
  const write = (people: readonly IgnoredPerson[]) =>
    device.transact((writer) => writer.append(device.ownLog.row, KIND.ignored, { people: people.map((person) => ({ ...person })) }));
  return {
    async highlights({ words }) {
      if (words === undefined) return { words: [...attentionOf(device).words] };
      const tidy = [...new Set(words.map((word) => word.trim()).filter((word) => word !== ""))];
      device.transact((writer) => writer.append(device.ownLog.row, KIND.highlights, { words: tidy }));
      return { words: tidy };
    },

    async "ignore.list"() {
      return attentionOf(device).ignored.map(({ bridge, user, name }) => ({ account: bridge, user, name }));
    },

    async "ignore.set"({ account, user, name = user, on }) {
      if (!bridgeAccount(device, device.ownLog, account))
        throw new HomeportError("not-found", "There is no such account; `homeport bridge list` lists them.");
      const others = attentionOf(device).ignored.filter((person) => person.bridge !== account || person.user !== user);
      if (on && others.length >= MAX_IGNORED) throw new HomeportError("too-many", `At most ${MAX_IGNORED} people can be ignored.`);
      write(on ? [...others, { bridge: account, user, name }] : others);
      return { account, user, ignored: on };
    },
  };
}
