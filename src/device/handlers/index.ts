import type { DeviceHandlers } from "../../api/methods.ts";
import type { HandlerContext } from "../context.ts";
import { accountHandlers } from "./account.ts";
import { attentionHandlers } from "./attention.ts";
import { backupHandlers } from "./backup.ts";
import { bridgeHandlers } from "./bridges.ts";
import { chatHandlers } from "./chats.ts";
import { deletionHandlers } from "./deletion.ts";
import { deviceHandlers } from "./devices.ts";
import { fileHandlers } from "./files.ts";
import { exportHandlers } from "./export.ts";
import { messageHandlers } from "./messages.ts";
import { noteHandlers } from "./notes.ts";
import { outboxHandlers } from "./outbox.ts";
import { pushHandlers } from "./push.ts";
import { readHandlers } from "./read.ts";
import { searchHandlers } from "./search.ts";
import { statusHandlers } from "./status.ts";
import { watchHandlers } from "./watch.ts";

/** Everything that the device API can do, over one device. */
export function createHandlers(context: HandlerContext): DeviceHandlers {
  return {
    ...statusHandlers(context),
    ...deviceHandlers(context),
    ...accountHandlers(context),
    ...deletionHandlers(context),
    ...bridgeHandlers(context),
    ...chatHandlers(context),
    ...messageHandlers(context),
    ...readHandlers(context),
    ...attentionHandlers(context),
    ...fileHandlers(context),
    ...noteHandlers(context),
    ...outboxHandlers(context),
    ...watchHandlers(context),
    ...searchHandlers(context),
    ...backupHandlers(context),
    ...exportHandlers(context),
    ...pushHandlers(context),
  };
}
