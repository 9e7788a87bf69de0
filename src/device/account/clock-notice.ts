import { DOMAIN } from "../../sync/domains.ts";
import type { Device } from "../../sync/device.ts";
import type { PeerClocks } from "../../sync/session/peer-clocks.ts";
import type { Notices } from "./notices.ts";

/** B3: the person is told of a clock that several other devices contradict, until it is right again or they have seen it. */
export function tellOfClock(device: Device, clocks: PeerClocks, notices: Notices): void {
  clocks.changes.add(() => {
    const verdict = clocks.verdict;
    // One device alone neither makes this clock wrong nor right again.
    if (!verdict || verdict.peers < 2) return;
    if (!verdict.isOff) return notices.withdraw("clock-off", device.self);
    device.log("warn", "the clock is off from what other devices say", {
      minutes: Math.round(verdict.ahead / 60_000),
      devices: verdict.peers,
    });
    notices.raise("clock-off", device.self, () => device.crypto.hash(DOMAIN.clockNotice, device.self, device.random.bytes(16)));
  });
}
