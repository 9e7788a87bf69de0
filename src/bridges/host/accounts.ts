import { KIND } from "../../sync/content/kinds.ts";
import type { BridgeAccount } from "../../sync/content/bridged.ts";
import type { Writer } from "../../sync/core.ts";
import { toHex } from "../../sync/encoding/bytes.ts";
import type { Random } from "../../sync/ports.ts";
import { type AccountRecord, accountByRow, insertAccount, markRemoved } from "./account-table.ts";
import type { BridgeStore } from "./bridge-store.ts";
import type { Network } from "./networks.ts";
import type { Outbox } from "./outbox.ts";
import { deleteOutbox, entriesIn } from "./outbox-table.ts";
import { clip, MAX_SHORT, toCbor } from "./plain.ts";
import { accountName, checkSettings, withDefaults } from "./settings.ts";

const ID_BYTES = 16;
/** In the vault, names of the person's fields and of what the plugin learned at run time are kept apart. */
const FIELD = "field:";
const LEARNED = "learned:";

/** Makes an account of checked settings: the secret ones into the vault, the rest beside the account, its name to all own devices. */
export function addAccount(store: BridgeStore, random: Random, { manifest }: Network, settings: Record<string, string>): AccountRecord {
  const checked = checkSettings(manifest, settings);
  const isSecret = (id: string) => manifest.fields.some((field) => field.id === id && field.secret);
  const open = Object.fromEntries(Object.entries(checked).filter(([id]) => !isSecret(id)));
  const name = clip(accountName(manifest, open), MAX_SHORT);
  return store.transact((writer) => {
    const account = insertAccount(writer, {
      id: `b${toHex(random.bytes(ID_BYTES))}`,
      network: manifest.id,
      created: writer.now(),
      name,
      settings: open,
    });
    for (const [id, value] of Object.entries(checked)) if (isSecret(id)) store.secrets.set(writer, account.row, FIELD + id, value);
    tellDevices(writer, account, false);
    return account;
  });
}

/** The account is gone from this device, and what it knew; what came in over it stays. */
export function removeAccount(store: BridgeStore, outbox: Outbox, account: AccountRecord): void {
  store.transact((writer) => {
    if (accountByRow(writer, account.row)?.removed) return;
    for (const entry of entriesIn(writer, account.row, "queued", "in-doubt"))
      outbox.applyToAll(writer, entry, { event: "cancel", reason: "The account was removed." });
    for (const standing of ["open", "provisional"] as const) {
      for (const record of store.conversations.inStanding(writer, account, standing)) store.conversations.close(writer, record);
    }
    forgetAll(store, writer, account);
    deleteOutbox(writer, account.row);
    markRemoved(writer, account);
    tellDevices(writer, account, true);
  });
}

/** All fields with their values, defaults included. */
export function configOf(store: BridgeStore, { manifest }: Network, account: AccountRecord): Record<string, string> {
  const secrets = store.secrets
    .entries(store.core, account.row)
    .flatMap(([name, value]) => (name.startsWith(FIELD) ? [[name.slice(FIELD.length), value] as const] : []));
  return withDefaults(manifest, { ...account.settings, ...Object.fromEntries(secrets) });
}

/** What the plugin put into the vault. */
export function learnedSecrets(store: BridgeStore, account: AccountRecord) {
  return {
    get: (key: string) => store.secrets.get(store.core, account.row, LEARNED + key),
    set: (key: string, value: string | undefined) =>
      store.transact((writer) => {
        if (value === undefined) store.secrets.delete(writer, account.row, LEARNED + key);
        else store.secrets.set(writer, account.row, LEARNED + key, value);
      }),
    count: () => store.secrets.size(store.core, account.row),
  };
}

/** The values of everything secret that the account has. */
export function secretsOf(store: BridgeStore, account: AccountRecord): string[] {
  return store.secrets.entries(store.core, account.row).map(([, value]) => value);
}

function forgetAll(store: BridgeStore, writer: Writer, account: AccountRecord): void {
  for (const map of [store.secrets, store.cursors, store.kv]) map.clear(writer, account.row);
  store.users.clear(writer, account.row);
  const rows = writer.sql.all<{ row: number }>("select row from bridge_conversation where account = ?", account.row);
  for (const { row } of rows) store.members.clear(writer, row);
}

/** Tells all own devices that this one runs the account, or that it is gone. */
export function tellDevices(writer: Writer, { id, network, name }: AccountRecord, removed: boolean): void {
  const own = writer.found({ kind: "self", account: writer.account.account });
  const body: BridgeAccount = { bridge: id, network, device: writer.self, name, removed };
  writer.append(own.row, KIND.bridgeAccount, toCbor(body));
}
