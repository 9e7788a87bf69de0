import type { CheckRow } from "../../api/status.ts";
import { dataFolder } from "../folders.ts";
import { serviceOf } from "../service/install.ts";

interface ServiceParts {
  data: string;
  env: Readonly<Record<string, string | undefined>>;
}

export function checkService({ data, env }: ServiceParts): CheckRow {
  const check = "service";
  if (env.NOTIFY_SOCKET) {
    const watched = env.WATCHDOG_USEC ? "starts it again when it hangs (watchdog)" : "starts it again when it fails";
    return { check, ok: true, message: `A service manager runs it, and ${watched}.` };
  }
  if (env.INVOCATION_ID) return { check, ok: true, message: "A service manager runs it." };
  const installed = serviceOf({ data, usual: data === dataFolder(undefined, {}), env }).find((found) => found.installed);
  if (installed)
    return {
      check,
      ok: false,
      message: "A service is installed, but this daemon was started by hand.",
      fix: "End it by `homeport stop`, and start the service.",
    };
  return {
    check,
    ok: true,
    message: "It is no service: it ends with the session that started it. `homeport service install` makes it one.",
  };
}
