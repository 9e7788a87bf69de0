import type { Handlers } from "../../api/methods.ts";
import type { ClockVerdict } from "../../sync/session/peer-clocks.ts";
import { accountText, deviceText } from "../../sync/log/public-id.ts";
import { wayOfText } from "../../transport/addresses.ts";
import { noticeRow } from "../account/show.ts";
import type { HandlerContext } from "../context.ts";

export function statusHandlers(context: HandlerContext): Pick<Handlers, "status" | "doctor"> {
  const { device, environment, sessions, board, notices } = context;
  return {
    async status() {
      return {
        version: environment.version,
        account: accountText(device.account.account),
        device: deviceText(device.self),
        uptime: Math.max(0, (device.now() - environment.startedAt) / 1000),
        addresses: environment.addresses(),
        peers: sessions.all().map(({ peer, link, since }) => ({
          ...{ device: deviceText(peer.device), address: link.address, via: wayOfText(link.address), since },
        })),
        bridges: board.rows(),
        ...clockOf(sessions.clocks.verdict),
        notices: notices.open().map((notice) => noticeRow(device, notice)),
        storage: { bytes: environment.storageBytes(), entries: device.sql.get<{ n: number }>("select count(*) as n from entry")?.n ?? 0 },
        locked: false,
        vault: environment.vault(),
        app: environment.app(),
      };
    },
    doctor: () => environment.doctor(),
  };
}

const clockOf = (verdict: ClockVerdict | undefined) =>
  verdict ? { clock: { ahead: verdict.ahead, devices: verdict.peers, off: verdict.isOff } } : {};
