import { type Command, group } from "../command.ts";
import type { Shell } from "../shell.ts";
import { fileGetCommand } from "./file-get.ts";
import { fileCancelCommand, fileListCommand } from "./file-list.ts";
import { fileSendCommand } from "./file-send.ts";

export const fileCommands = (shell: Shell): Command[] => [
  group("file", "Send and get files", [fileSendCommand(shell), fileGetCommand(shell), fileListCommand(shell), fileCancelCommand(shell)]),
];
