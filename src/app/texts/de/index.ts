import attention from "./attention.json" with { type: "json" };
import backup from "./backup.json" with { type: "json" };
import address from "./address.json" with { type: "json" };
import bridges from "./bridges.json" with { type: "json" };
import chats from "./chats.json" with { type: "json" };
import common from "./common.json" with { type: "json" };
import deletion from "./delete.json" with { type: "json" };
import devices from "./devices.json" with { type: "json" };
import emoji from "./emoji.json" with { type: "json" };
import errors from "./errors.json" with { type: "json" };
import facts from "./facts.json" with { type: "json" };
import files from "./files.json" with { type: "json" };
import gate from "./gate.json" with { type: "json" };
import keys from "./keys.json" with { type: "json" };
import label from "./label.json" with { type: "json" };
import lock from "./lock.json" with { type: "json" };
import nav from "./nav.json" with { type: "json" };
import notify from "./notify.json" with { type: "json" };
import recovery from "./recovery.json" with { type: "json" };
import search from "./search.json" with { type: "json" };
import settings from "./settings.json" with { type: "json" };
import start from "./start.json" with { type: "json" };
import storage from "./storage.json" with { type: "json" };
import talk from "./talk.json" with { type: "json" };
import update from "./update.json" with { type: "json" };
import vault from "./vault.json" with { type: "json" };
import who from "./who.json" with { type: "json" };

/** The texts of one language, a file for each part of the app. */
export const texts = {
  ...common,
  attention,
  backup,
  address,
  bridges,
  chats,
  delete: deletion,
  devices,
  emoji,
  errors,
  facts,
  files,
  gate,
  keys,
  label,
  lock,
  nav,
  notify,
  recovery,
  search,
  settings,
  start,
  storage,
  talk,
  update,
  vault,
  who,
};
