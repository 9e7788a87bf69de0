import type { Handlers } from "../../api/methods.ts";
import { authorFirstRecovery } from "../../sync/account/author.ts";
import { fromBase32 } from "../../sync/encoding/base32.ts";
import { HomeportError } from "../../sync/errors.ts";
import { parseId, PREFIX } from "../../sync/log/public-id.ts";
import { exportAccount, importAccount } from "../account/exchange.ts";
import { showAccount } from "../account/show.ts";
import type { HandlerContext } from "../context.ts";
import { authoring } from "../revocation.ts";

export function accountHandlers({ device, notices }: HandlerContext): Pick<Handlers, Extract<keyof Handlers, `account.${string}`>> {
  return {
    async "account.show"() {
      return showAccount(device, notices);
    },
    async "account.export"() {
      return exportAccount(device);
    },
    async "account.import"(records) {
      return importAccount(device, records);
    },
    async "account.first-recovery"({ hash: text }) {
      const hash = fromBase32(text);
      if (hash?.length !== 32) throw new HomeportError("malformed", "A hash has 32 bytes.");
      await authorFirstRecovery(authoring(device), hash);
      return { epoch: device.account.recovery.epoch };
    },
    async "account.acknowledge"({ operation }) {
      const op = operation === undefined ? undefined : parseId(PREFIX.operation, operation);
      if (operation !== undefined && op === undefined)
        throw new HomeportError("not-found", "There is no such notice; `homeport account show` lists them.");
      return { acknowledged: notices.acknowledge(op) };
    },
  };
}
